import { contest, type SlicePair, samplesOf, warmUp } from '../contest.ts';
import { openField } from '../field.ts';
import { benangNames, echoNames, type Mode, modes } from '../modes.ts';
import type { Figure, Target } from '../results.ts';
import type { Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import { type Workload, workloads } from '../workloads.ts';
import type { Part } from './part.ts';

interface Cell {
  readonly connections: number;
  readonly workload: Workload;
  readonly state: 'warm' | 'cold';
}

type Found = (figure: Figure) => void;

/** benang beside servers that only echo, for each command and number of connections, warm and cold. */
export const ceilings: Part = {
  does: 'each command beside bare echo servers, with 1, 10 and 100 connections, warm and cold',
  quick: true,
  async run(stage, found) {
    const { quick, warmUp: first, warmUpFurther: further, cold } = stage.pace;
    stage.note(
      'An echo server answers each line with as many bytes as benang does (on average, for each command, asked once before). An inbox request mostly finds the inbox empty. Behind a slice that sends all inboxes are read away, outside the measured time.',
    );
    stage.note(
      `Warm: behind ${first / 1000} s of load, ${further / 1000} s for each further command on the same servers. Cold: the first ${cold / 1000} s of load on a fresh server and fresh connections, on each of which a login was used and one round of the requests answered before.`,
    );
    for (const connections of quick ? [10, 100] : [1, 10, 100]) {
      const chosen = quick ? (['inbox'] as const) : workloads;
      await measureWarm(stage, connections, chosen, found);
      if (quick && connections !== 100) continue;
      for (const workload of chosen) await measureCold(stage, connections, workload, found);
    }
  },
};

/** All workloads on the same servers, one after the other. */
async function measureWarm(
  stage: Stage,
  connections: number,
  chosen: readonly Workload[],
  found: Found,
): Promise<void> {
  const { rounds, slice, warmUp: first, warmUpFurther } = stage.pace;
  await using field = await openField(stage, connections);
  for (const [index, workload] of chosen.entries()) {
    const pairs = await field.prepare(workload);
    const inTurn = modes.map((mode) => pairs[mode]);
    await warmUp(stage, inTurn, index === 0 ? first : warmUpFurther);
    const slices = await contest(stage, inTurn, { rounds, ms: slice });
    for (const [at, mode] of modes.entries()) {
      found(figureOf(mode, { connections, workload, state: 'warm' }, slices[at]!));
    }
  }
}

/** Fresh servers for each round. */
async function measureCold(
  stage: Stage,
  connections: number,
  workload: Workload,
  found: Found,
): Promise<void> {
  const { coldRounds, cold } = stage.pace;
  const slices: Record<Mode, SlicePair[]> = { own: [], shared: [] };
  for (let round = 0; round < coldRounds; round++) {
    await using field = await openField(stage, connections);
    const pairs = await field.prepare(workload);
    const inTurn = modes.map((mode) => pairs[mode]);
    const measured = await contest(stage, inTurn, { from: round, rounds: 1, ms: cold });
    for (const [at, mode] of modes.entries()) slices[mode].push(...measured[at]!);
  }
  for (const mode of modes) found(figureOf(mode, { connections, workload, state: 'cold' }, slices[mode]));
}

const figureOf = (mode: Mode, cell: Cell, slices: readonly SlicePair[]): Figure => ({
  group: mode,
  row: `${cell.workload} × ${cell.connections}`,
  series: cell.state,
  subject: benangNames[mode],
  base: echoNames[mode],
  unit: 'requests/s',
  samples: samplesOf(slices),
  target: targetOf(mode, cell),
});

function targetOf(mode: Mode, { workload, connections, state }: Cell): Target | undefined {
  if (workload !== 'inbox' || connections === 1) return undefined;
  if (mode === 'own') return targets.inboxInOwnThread;
  return connections === 100 && state === 'warm' ? targets.inboxOnSharedThreads : undefined;
}
