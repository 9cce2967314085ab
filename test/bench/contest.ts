import type { Load, LoopFigures } from './client.ts';
import { busyMeter } from './processes.ts';
import type { Sample, Slice } from './results.ts';
import type { Database, Server } from './servers.ts';
import type { Stage } from './stage.ts';

/** A server under one kind of load. */
export interface Contestant {
  readonly name: string;
  readonly pid: number;
  /** Loads it for so long. */
  run(ms: number): Promise<Run>;
  /** Takes away what the load has left behind. */
  clear(): Promise<void>;
}

type Run = Pick<Slice, 'perSecond' | 'requests' | 'seconds' | 'latency' | 'bytes' | 'clientBusy'>;

/** Two to be compared: what is ours, and what it stands beside. */
export interface Pair {
  readonly subject: Contestant;
  readonly base: Contestant;
}

export type SlicePair = { readonly subject: Slice; readonly base: Slice };

/** Behind each slice, for what it has left to do. */
const REST_MS = 50;

/** A message in an inbox' reply. */
const MESSAGE = '"msg"';

/**
 * A chat server, asked these requests on these connections. When the load sends messages all inboxes are read away behind each
 * slice (outside the measured time), so that they do not grow.
 */
export function chatting(
  name: string,
  server: Pick<Server, 'pid'>,
  load: Load,
  requests: string[][],
  inboxes?: string[],
): Contestant {
  return {
    name,
    pid: server.pid,
    run: async (ms) => asRun(await load.loop(requests, ms)),
    clear: async () => {
      if (inboxes) await load.ask(inboxes, MESSAGE);
    },
  };
}

/** A Redis; `removals` take away what the load has stored. */
export function pushing(
  name: string,
  server: Server,
  load: Load,
  requests: string[][],
  removals: string[],
): Contestant {
  return {
    name,
    pid: server.pid,
    run: async (ms) => asRun(await load.loop(requests, ms)),
    clear: async () => void (await load.ask(removals)),
  };
}

/** The bare database: a request is a commit. */
export function committing(name: string, database: Database): Contestant {
  return {
    name,
    pid: database.pid,
    run: async (ms) => {
      const { commits, seconds } = await database.commit(ms);
      const nobody = { latency: undefined, bytes: undefined, clientBusy: undefined };
      return { perSecond: commits / seconds, requests: commits, seconds, ...nobody };
    },
    clear: async () => {},
  };
}

const asRun = ({ requests, seconds, latency, bytes, busy }: LoopFigures): Run => ({
  perSecond: requests / seconds,
  requests,
  seconds,
  latency,
  bytes: bytes / requests,
  clientBusy: busy,
});

/** Loads each of them once, for so long, without taking its figures. */
export async function warmUp(stage: Stage, pairs: readonly Pair[], ms: number): Promise<void> {
  const all = new Set(pairs.flatMap(({ subject, base }) => [base, subject]));
  for (const contestant of all) {
    stage.say(`warming up: ${contestant.name}`);
    await stage.during(contestant.run(ms));
    await stage.during(contestant.clear());
  }
}

/**
 * Measures the pairs in turn, `rounds` times, only ever one server at a time, and the two of a pair one behind the other: the machine's
 * speed drifts, and only neighbours can be compared. In odd rounds the two change places; `from` is the first one's number.
 * Resolves to each pair's slices.
 */
export async function contest(
  stage: Stage,
  pairs: readonly Pair[],
  { rounds, ms, from = 0 }: { readonly rounds: number; readonly ms: number; readonly from?: number },
): Promise<SlicePair[][]> {
  const found: SlicePair[][] = pairs.map(() => []);
  const pids = new Set(pairs.flatMap(({ subject, base }) => [subject.pid, base.pid]));
  const measure = async (contestant: Contestant, round: number): Promise<Slice> => {
    stage.say(`round ${round + 1}: ${contestant.name}`);
    const serverBusy = busyMeter([contestant.pid]);
    const othersBusy = busyMeter([...pids].filter((pid) => pid !== contestant.pid));
    const run = await stage.during(contestant.run(ms));
    if (run.requests === 0) throw new Error(`no answer within ${ms} ms: ${contestant.name}`);
    const slice = { ...run, serverBusy: serverBusy(), othersBusy: othersBusy() };
    await stage.during(contestant.clear());
    await stage.pause(REST_MS);
    return slice;
  };
  for (let round = from; round < from + rounds; round++) {
    for (const [index, { subject, base }] of pairs.entries()) {
      const ours = round % 2 === 1 ? await measure(subject, round) : undefined;
      const beside = await measure(base, round);
      found[index]!.push({ subject: ours ?? (await measure(subject, round)), base: beside });
    }
  }
  return found;
}

/** What is compared of a pair's slices; without `figure` the requests a second. */
export const samplesOf = (
  slices: readonly SlicePair[],
  figure = ({ perSecond }: Slice): number => perSecond,
): Sample[] =>
  slices.map((pair) => ({ subject: figure(pair.subject), base: figure(pair.base), slices: pair }));
