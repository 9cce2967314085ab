import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type ClientOptions, ConnectionLostError, RefusedError } from '../client/client.ts';
import { progress } from '../progress.ts';
import { StartupError } from '../startup-error.ts';
import { Ledger } from './ledger.ts';
import type { LoadAccount } from './own-server.ts';
import { type Game, Player } from './player.ts';
import type { LoadResult } from './report.ts';
import { Timings } from './timings.ts';

const EXAMPLES = 5;

export interface LoadRun {
  readonly host: string;
  readonly port: number;
  readonly tls: ClientOptions['tls'];
  readonly accounts: readonly LoadAccount[];
  readonly connections: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly interrupted: AbortSignal;
}

/**
 * Plays `connections` players against a server for `duration`, then lets them read what is left.
 *
 * @throws StartupError when one of them cannot log in.
 */
export async function measure(run: LoadRun): Promise<LoadResult> {
  const { host, port, accounts, connections, duration, interrupted } = run;
  const used = Array.from({ length: connections }, (_, index) => accounts[index % accounts.length]!);
  const usernames = [...new Set(used.map(({ username }) => username))];
  const timings = new Timings();
  const wrong: string[] = [];
  const game: Game = {
    usernames,
    ledger: new Ledger(
      randomBytes(4).toString('hex'),
      used.map(({ username }) => username),
    ),
    timings,
    wrong: (what) => wrong.push(what),
  };

  const players = await joinAll(run, used, game);
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  const ticker = setInterval(() => {
    const rate = Math.round((timings.requests / elapsed()) * 1000);
    progress(
      `${Math.round(elapsed() / 1000)} of ${duration / 1000} s, ${timings.requests} requests, ${rate}/s, ${wrong.length} wrong`,
    );
  }, 1000);
  await Promise.all(players.map((player) => player.play(() => interrupted.aborted || elapsed() >= duration)));
  const seconds = elapsed() / 1000;
  clearInterval(ticker);
  progress('reading what is left in the inboxes');
  await Promise.all(players.map((player) => player.drain()));
  await Promise.all(players.map((player) => player.leave()));
  progress('', true);
  return {
    target: `${host}:${port}`,
    connections,
    seconds,
    timings: timings.lines(seconds),
    messages: game.ledger.verdict(),
    wrongReplies: wrong.length,
    examples: wrong.slice(0, EXAMPLES),
  };
}

/** Connects and logs in everybody; all of them or, when one cannot, nobody. */
export async function joinAll(
  run: Pick<ClientOptions, 'host' | 'port' | 'tls'>,
  used: readonly LoadAccount[],
  game: Game,
): Promise<Player[]> {
  let joined = 0;
  const attempts = await Promise.allSettled(
    used.map(async (account, index) => {
      const player = await Player.join(index, run, account, game);
      progress(`${++joined} of ${used.length} logged in`);
      return player;
    }),
  );
  const failed = attempts.find((attempt) => attempt.status === 'rejected');
  if (!failed) return attempts.map((attempt) => (attempt as PromiseFulfilledResult<Player>).value);
  for (const attempt of attempts) if (attempt.status === 'fulfilled') await attempt.value.leave();
  const { reason } = failed;
  if (!(reason instanceof ConnectionLostError || reason instanceof RefusedError)) throw reason;
  const advice = reason instanceof ConnectionLostError ? reason.advice : undefined;
  throw new StartupError(
    `a connection of the load run could not log in (${reason.message}); ${advice ?? 'check the server and the accounts'}`,
  );
}
