import { availableParallelism } from 'node:os';
import type { Running } from './contestants.ts';
import { computedBy, computedByAll, type Processor, totalOf } from './processes.ts';
import type { Slice } from './results.ts';
import type { Stage } from './stage.ts';

/** Loads a server for so long, and takes all its figures. */
export async function measureSlice(stage: Stage, server: Running, ms: number): Promise<Slice> {
  const before = reading(stage, server);
  const { requests, seconds, latency, processor: client, busy } = await server.run(ms);
  const after = reading(stage, server);
  if (requests === 0) throw new Error(`no answer within ${ms} ms`);
  return {
    perSecond: requests / seconds,
    latency,
    processor: before.server && after.server && shareOut(before.server, after.server, requests),
    client,
    clientBusy: busy,
    elsewhere: elsewhere(before, after),
  };
}

interface Reading {
  readonly at: number;
  readonly server: Processor | undefined;
  /** Of the server, the client and ourselves. */
  readonly ours: number | undefined;
  readonly all: number | undefined;
}

function reading({ client }: Stage, { pid }: Running): Reading {
  const all = [pid, client.pid, process.pid].map(computedBy);
  const ours = all.reduce<number>((sum, each) => sum + (each ? totalOf(each) : Number.NaN), 0);
  return {
    at: performance.now(),
    server: all[0],
    ours: Number.isNaN(ours) ? undefined : ours,
    all: computedByAll(),
  };
}

const shareOut = (before: Processor, after: Processor, requests: number): Processor => ({
  main: (after.main - before.main) / requests,
  threads: (after.threads - before.threads) / requests,
  v8: (after.v8 - before.v8) / requests,
  pool: (after.pool - before.pool) / requests,
});

function elsewhere(before: Reading, after: Reading): number | undefined {
  if (before.all === undefined || before.ours === undefined) return undefined;
  const others = after.all! - before.all - (after.ours! - before.ours);
  // The kernel counts the machine's time in ticks and a process' in nanoseconds.
  return Math.max(0, others / 1000 / ((after.at - before.at) * availableParallelism()));
}
