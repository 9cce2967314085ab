import { type Contestant, contestantsFor, type Running, type Workload } from '../contestants.ts';
import { modeNames, type Series, type Slice, type State } from '../results.ts';
import { measureSlice } from '../slice.ts';
import type { Stage } from '../stage.ts';
import type { Part } from './part.ts';

/** Until a server has started, has its connections and is quiet; and to clear behind a slice. About, in seconds. */
const START_S = 3;
const CLEAR_S = 0.7;

const rowOf = ({ command, connections }: Workload): string => `${command} × ${connections}`;

/** A part that measures requests a second, fresh and warm. */
export const rates = (does: string, workloads: readonly Workload[]): Part => ({
  does,
  byDefault: true,
  rows: workloads.map(rowOf),
  seconds: (stage) => {
    const { rounds, fresh, warm, slice } = stage.pace;
    const each = rounds * (START_S + fresh / 1000 + slice / 1000 + CLEAR_S) + (warm - fresh) / 1000;
    return workloads.reduce((sum, workload) => sum + contestantsFor(stage, workload).length * each, 0);
  },
  run: async (stage, found) => {
    for (const workload of workloads) {
      for (const series of await compete(stage, workload)) found(series);
    }
  },
});

/**
 * Measures all who take part in turn, round by round, only ever one server at a time: the machine's speed drifts, and only
 * neighbours can be compared. In odd rounds the order is reversed. Fresh: each round starts each server anew. Those of the last
 * round stay up, get what is left of the time until they are warm, and are measured on.
 */
async function compete(stage: Stage, workload: Workload): Promise<Series[]> {
  const { rounds, fresh, warm, slice } = stage.pace;
  const contestants = contestantsFor(stage, workload);
  const slices = {
    fresh: new Map<Contestant, Slice[]>(contestants.map((contestant) => [contestant, []])),
    warm: new Map<Contestant, Slice[]>(contestants.map((contestant) => [contestant, []])),
  };
  const say = (contestant: Contestant, what: string): void => {
    stage.say(`${rowOf(workload)}, ${what}: ${nameOf(contestant)}`);
  };
  const measure = async (running: Running, contestant: Contestant, state: State, round: number) => {
    say(contestant, `${state}, round ${round + 1}`);
    const ms = state === 'fresh' ? fresh : slice;
    slices[state].get(contestant)!.push(await measureSlice(stage, running, ms));
  };
  await using stops = new AsyncDisposableStack();
  const up = new Map<Contestant, Running>();
  for (let round = 0; round < rounds; round++) {
    for (const contestant of inTurn(contestants, round)) {
      say(contestant, 'starting');
      const running = await contestant.open();
      const last = round === rounds - 1;
      await using once = new AsyncDisposableStack();
      (last ? stops : once).defer(() => running.stop());
      await measure(running, contestant, 'fresh', round);
      if (last) up.set(contestant, running);
    }
  }
  for (const [contestant, running] of up) {
    say(contestant, 'warming up');
    await running.clear();
    await running.run(warm - fresh);
    await running.clear();
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of inTurn(contestants, round)) {
      const running = up.get(contestant)!;
      await measure(running, contestant, 'warm', round);
      await running.clear();
    }
  }
  return contestants.flatMap((contestant) =>
    (['fresh', 'warm'] as const).map((state) =>
      seriesOf(rowOf(workload), state, contestant, slices[state].get(contestant)!),
    ),
  );
}

const inTurn = <T>(all: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? all : all.toReversed();

const nameOf = ({ name, who, mode }: Contestant): string =>
  mode && who !== 'echo' ? `${name}, ${modeNames[mode]}` : name;

const seriesOf = (row: string, state: State, contestant: Contestant, slices: readonly Slice[]): Series => ({
  row,
  state,
  ...(contestant.mode ? { mode: contestant.mode } : {}),
  who: contestant.who,
  name: contestant.name,
  unit: '/s',
  values: slices.map(({ perSecond }) => perSecond),
  slices,
});
