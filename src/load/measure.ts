import { randomBytes } from 'node:crypto';
import { createHistogram, performance } from 'node:perf_hooks';
import type { ClientOptions } from '../client/client.ts';
import { progress } from '../progress.ts';
import { ClientThread } from './client-thread.ts';
import { loadCommands, type Mix, roundOf } from './mix.ts';
import type { LoadAccount } from './own-server.ts';
import { describeProgress } from './report.ts';
import { type LoadResult, RESULT_FORMAT } from './result.ts';
import { assignSeats, dealOut } from './seats.ts';
import { type CallName, SLOTS, Slot, type Strain, type ThreadCalls } from './thread-messages.ts';
import { Timings } from './timings.ts';
import { judge } from './verdict.ts';

const EXAMPLES = 5;
const LOOK_EVERY_MS = 500;

export interface LoadRun {
  readonly host: string;
  readonly port: number;
  readonly tls: ClientOptions['tls'];
  readonly accounts: readonly LoadAccount[];
  readonly connections: number;
  readonly idle: number;
  /** Client threads, at the most. */
  readonly threads: number;
  readonly mix: Mix;
  /** Requests in flight on a connection, at the most. */
  readonly depth: number;
  /** Requests a second over all connections; undefined in a closed loop. */
  readonly rate?: number | undefined;
  /** Milliseconds. */
  readonly rampUp?: number | undefined;
  readonly duration: number;
  readonly interrupted: AbortSignal;
  /** The folder that the program is installed in. */
  readonly root: string;
}

/**
 * Lets the connections of a run, dealt out to threads, ask a server for `duration`, and then read what is left.
 *
 * @throws StartupError when one of them cannot log in.
 */
export async function measure(run: LoadRun): Promise<LoadResult> {
  const {
    host,
    port,
    tls,
    connections,
    idle,
    mix,
    depth,
    rate,
    rampUp = 0,
    duration,
    interrupted,
    root,
  } = run;
  const seats = assignSeats(run.accounts, connections, idle);
  const usernames = [...seats.active, ...seats.idle].map(({ account }) => account.username);
  const tally = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  const commands = loadCommands.filter((command) => mix[command]);
  const task = {
    target: { host, port, tls },
    run: randomBytes(4).toString('hex'),
    usernames,
    connections,
    round: roundOf(mix),
    depth,
    rate,
    rampUp,
    tally,
  };
  const timings: Timings[] = [];
  const threads = dealOut(seats, run.threads).map((hand) => {
    const own = new Timings(Timings.of(commands));
    timings.push(own);
    return new ClientThread(root, { ...task, seats: hand, timings: own.parts });
  });
  const ask = <N extends CallName>(call: N, argument: ThreadCalls[N]['takes']) =>
    Promise.all(threads.map((thread) => thread.ask(call, argument)));
  const stop = (): void => {
    for (const thread of threads) thread.stop();
  };
  interrupted.addEventListener('abort', stop);
  if (interrupted.aborted) stop();
  try {
    await whileShowing(
      () => `${Atomics.load(tally, Slot.joined)} of ${usernames.length} logged in`,
      async () => {
        await ask('seatIdle', undefined);
        await ask('join', undefined);
      },
    );
    const began = performance.now();
    const elapsed = (): number => performance.now() - began;
    const strains = await whileShowing(
      () =>
        describeProgress(
          Timings.merge(timings),
          elapsed(),
          duration - elapsed(),
          Atomics.load(tally, Slot.wrong),
        ),
      () => ask('play', duration),
    );
    const seconds = elapsed() / 1000;
    progress('reading what is left in the inboxes');
    await ask('drain', undefined);
    const reports = await ask('leave', undefined);
    progress('', true);
    return {
      format: RESULT_FORMAT,
      target: `${host}:${port}`,
      connections,
      threads: threads.length,
      depth,
      ...(rate === undefined ? {} : { rate }),
      mix,
      rampUpSeconds: rampUp / 1000,
      interrupted: interrupted.aborted,
      seconds,
      timings: Timings.merge(timings).lines(seconds),
      clientThreads: strains.map(({ busy, cpu }) => ({ busy, cpu })),
      ...lateness(strains),
      idle: {
        connections: reports.reduce((sum, report) => sum + report.idle.connections, 0),
        alive: reports.reduce((sum, report) => sum + report.idle.alive, 0),
      },
      messages: judge(
        usernames,
        reports.map(({ page }) => page),
      ),
      wrongReplies: Atomics.load(tally, Slot.wrong),
      examples: reports.flatMap(({ examples }) => examples).slice(0, EXAMPLES),
    };
  } finally {
    interrupted.removeEventListener('abort', stop);
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

async function whileShowing<T>(line: () => string, work: () => Promise<T>): Promise<T> {
  const ticker = setInterval(() => progress(line()), LOOK_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticker);
  }
}

function lateness(strains: readonly Strain[]): Pick<LoadResult, 'late'> {
  const all = createHistogram();
  for (const { late } of strains) if (late) all.add(late);
  if (all.count === 0) return {};
  return { late: { p50: all.percentile(50) / 1000, p99: all.percentile(99) / 1000, max: all.max / 1000 } };
}
