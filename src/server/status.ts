import { STATUS_FORMAT, type Status, type ThreadStatus } from '../control/messages.ts';
import { inTurns } from '../in-turns.ts';
import type { StepFigures } from '../steps.ts';
import type { Store } from '../store/store.ts';
import type { Capacity } from '../threads/capacity.ts';
import type { ConnectionThread } from '../threads/connection-thread.ts';
import { inTime } from '../threads/in-time.ts';
import type { ThreadPool } from '../threads/pool.ts';
import { residentBytes } from '../threads/resident.ts';
import type { Tally } from '../threads/tally.ts';
import type { Dispatcher } from './dispatcher.ts';

/** So many users of one connection are told. */
const MOST_USERS = 10;

/** What the status is taken of. */
export interface Observed {
  readonly pool: ThreadPool;
  readonly dispatcher: Dispatcher;
  readonly capacity: Capacity;
  readonly store: Store;
  readonly refused: Tally;
  readonly dropped: Tally;
  readonly steps: { begin(name: string): void; read(): StepFigures };
}

/** What goes on in the server now. */
export async function takeStatus(
  { pool, dispatcher, capacity, store, refused, dropped, steps }: Observed,
  brief = false,
): Promise<Status> {
  steps.begin('status');
  const asked: Promise<ThreadStatus>[] = [];
  await inTurns(pool.threads, (thread) => asked.push(threadStatus(thread, dispatcher, brief)));
  const threads = await Promise.all(asked);
  steps.begin('status');
  const { sharedThreads, maxThreads } = pool.settings;
  return {
    format: STATUS_FORMAT,
    pid: process.pid,
    at: Date.now(),
    uptime: Math.round(performance.now()),
    residentBytes: residentBytes(),
    mode: sharedThreads ? 'shared threads' : 'a thread for each connection',
    threadsAtMost: sharedThreads ?? maxThreads,
    machineCarries: capacity.threads,
    limitedBy: capacity.limit,
    connectionsAtMost: pool.settings.maxConnections,
    open: pool.connections,
    waiting: pool.waiting,
    died: pool.died,
    totals: pool.totals(),
    refused: refused.read(),
    dropped: dropped.read(),
    diskTrouble: store.trouble,
    heldLog: store.heldLog,
    clockDoubt: store.clock.doubt,
    steps: steps.read(),
    threads,
  };
}

async function threadStatus(
  { number, connections, counters, pulse, worker }: ConnectionThread,
  dispatcher: Dispatcher,
  brief: boolean,
): Promise<ThreadStatus> {
  const [cpu, heap] = brief
    ? []
    : await Promise.all([
        inTime(worker.cpuUsage().then(({ user, system }) => (user + system) / 1000)),
        inTime(worker.getHeapStatistics().then(({ used_heap_size }) => used_heap_size)),
      ]);
  const holds: ThreadStatus['holds'][number][] = [];
  await inTurns(connections, (connection) => {
    const { peer, users } = dispatcher.whoIs(connection) ?? { peer: 'closing', users: [] };
    holds.push({ connection, peer, users: users.slice(0, MOST_USERS) });
  });
  return { number, activity: pulse.read().activity, holds, ...counters.read(), cpu, heap };
}
