import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientOptions, ConnectionLostError, ProtocolError, RefusedError } from '../client/client.ts';
import { StartupError } from '../startup-error.ts';
import { type Game, Player } from './player.ts';
import type { Seat } from './seats.ts';

/** So many log in at a time: a server has only so much room for logins that wait. */
const AT_ONCE = 200;

export interface JoinOptions {
  /** When a seat's connection begins, in milliseconds from now; ascending. Without it as soon as can be. */
  readonly begins?: (seat: Seat) => number;
  readonly joined?: (player: Player) => void;
  /** Ends it early: who has not begun stays away. */
  readonly signal?: AbortSignal;
}

/**
 * Connects and logs in everybody; all of them or, when one cannot, nobody.
 *
 * @throws StartupError when one of them cannot.
 */
export async function joinAll(
  target: Pick<ClientOptions, 'host' | 'port' | 'tls'>,
  seats: readonly Seat[],
  game: Game,
  { begins, joined, signal }: JoinOptions = {},
): Promise<Player[]> {
  const began = performance.now();
  const queue = seats.values();
  const players: Player[] = [];
  const failures: unknown[] = [];
  const usher = async (): Promise<void> => {
    for (const seat of queue) {
      const wait = begins ? began + begins(seat) - performance.now() : 0;
      if (wait > 0) await sleep(wait, undefined, signal && { signal }).catch(() => {});
      if (signal?.aborted || failures.length > 0) return;
      try {
        const player = await Player.join(seat, target, game);
        players.push(player);
        joined?.(player);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, seats.length) }, usher));
  if (failures.length === 0) return players;
  await Promise.all(players.map((player) => player.leave()));
  const [reason] = failures;
  if (!(reason instanceof ConnectionLostError || reason instanceof RefusedError)) throw reason;
  if (reason instanceof ProtocolError)
    throw new StartupError(`a connection of the load run could not log in: ${reason.message}`);
  const advice = reason instanceof ConnectionLostError ? reason.advice : undefined;
  throw new StartupError(
    `a connection of the load run could not log in (${reason.message}); ${advice ?? 'check the server and the accounts'}`,
  );
}
