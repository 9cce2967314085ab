import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from '../address.ts';
import type { LoginVerdict } from '../commands/command.ts';
import { hashPassword, verifyPassword } from '../store/passwords.ts';
import { JobQueue, QueueFullError } from './job-queue.ts';
import type { LoginGuard } from './login-guard.ts';

/** Hashing is all computing, so half of the processors are left to those who chat. */
const AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));
/** Each holds a connection's one request in progress; the last of so many waits for about a minute. Beyond it the address with most is refused. */
const MOST_WAITING = 2000;

/** Who is refused hears of it this late, so that asking again and again is no load either. */
export const REFUSED_AFTER_MS = 1000;

/**
 * Decides on logins: one after the other, fairly by address, and slower for who guesses. When the signal of a call aborts, because
 * nobody waits for it any more, what has not been begun is not done, and the call rejects.
 */
export class Logins {
  readonly #guard: LoginGuard;
  readonly #refusedAfter: number;
  readonly #queue = new JobQueue(AT_ONCE, MOST_WAITING);

  constructor(guard: LoginGuard, refusedAfter = REFUSED_AFTER_MS) {
    this.#guard = guard;
    this.#refusedAfter = refusedAfter;
  }

  /** Checks a password given from `address`; `passwordHash` is undefined when there is no such account, which is a failed login too. */
  async check(
    address: string,
    username: string,
    passwordHash: string | undefined,
    password: string,
    signal?: AbortSignal,
  ): Promise<LoginVerdict> {
    const early = this.#guard.wait(username, address);
    if (early > 0) return this.#refuse(early, signal);
    if (passwordHash === undefined) {
      this.#guard.failed(username, address);
      return 'wrong';
    }
    const look = async (): Promise<LoginVerdict> => {
      // Again: many guesses may have been asked at once, and the first of them have failed meanwhile.
      const wait = this.#guard.wait(username, address);
      if (wait > 0) return { waitMs: wait };
      const right = await verifyPassword(passwordHash, password);
      if (right) this.#guard.succeeded(username, address);
      else this.#guard.failed(username, address);
      return right ? 'right' : 'wrong';
    };
    const verdict = await this.#inTurn(address, look, signal);
    return typeof verdict === 'object' ? this.#refuse(verdict.waitMs, signal) : verdict;
  }

  /** Hashes a password given from `address`, in turn with those that are checked. */
  hash(address: string, password: string, signal?: AbortSignal): Promise<string | 'busy'> {
    return this.#inTurn(address, () => hashPassword(password), signal);
  }

  #inTurn<T>(address: string, job: () => Promise<T>, signal: AbortSignal | undefined): Promise<T | 'busy'> {
    return this.#queue.run(networkOf(address), job, signal).catch((error) => {
      if (error instanceof QueueFullError) return 'busy';
      throw error;
    });
  }

  async #refuse(waitMs: number, signal: AbortSignal | undefined): Promise<LoginVerdict> {
    await sleep(this.#refusedAfter, undefined, { signal });
    return { waitMs: Math.max(0, waitMs - this.#refusedAfter) };
  }
}
