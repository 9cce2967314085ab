import { inTurns } from '../in-turns.ts';
import type { ThreadPool } from '../threads/pool.ts';
import type { Dispatcher } from './dispatcher.ts';
import { HalfOpenWatch } from './half-open.ts';
import { type IdleLimits, idleReason } from './idle.ts';

const LONGEST_BETWEEN_LOOKS_MS = 10_000;

/** Drops the connections of clients that have vanished, that ask nothing, or that never log in. */
export class ConnectionWatch {
  readonly #dispatcher: Pick<Dispatcher, 'connections'>;
  readonly #pool: Pick<ThreadPool, 'drop'>;
  readonly #limits: IdleLimits & { readonly deadAfter: number };
  readonly #halfOpen: HalfOpenWatch;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #deadTimer: NodeJS.Timeout;

  constructor(
    dispatcher: Pick<Dispatcher, 'connections'>,
    pool: Pick<ThreadPool, 'drop'>,
    limits: IdleLimits & {
      readonly sessionIdle: number;
      readonly deadAfter: number;
      readonly port: number;
    },
  ) {
    this.#dispatcher = dispatcher;
    this.#pool = pool;
    this.#limits = limits;
    this.#halfOpen = new HalfOpenWatch(limits.port, limits.deadAfter);
    const { idleTimeout, loginTimeout, sessionIdle } = limits;
    this.#idleTimer = every(
      Math.min(idleTimeout, loginTimeout, sessionIdle) / 4,
      () => void this.#dropIdle(),
    );
    this.#deadTimer = every(limits.deadAfter / 4, () => void this.#dropVanished());
  }

  stop(): void {
    clearInterval(this.#idleTimer);
    clearInterval(this.#deadTimer);
  }

  async #dropIdle(): Promise<void> {
    const now = performance.now();
    await inTurns(this.#dispatcher.connections, (connection) => {
      if (connection.keepInUse()) return;
      const reason = idleReason(connection, this.#limits, now);
      if (reason) this.#pool.drop(connection.id, reason);
    });
  }

  async #dropVanished(): Promise<void> {
    const vanished = new Set(await this.#halfOpen.look(performance.now()));
    if (vanished.size === 0) return;
    await inTurns(this.#dispatcher.connections, ({ id, peer }) => {
      if (vanished.has(peer)) this.#pool.drop(id, 'the client has vanished');
    });
  }
}

const every = (milliseconds: number, look: () => void): NodeJS.Timeout =>
  setInterval(look, Math.min(milliseconds, LONGEST_BETWEEN_LOOKS_MS)).unref();
