import { networkOf } from '../address.ts';

/** Many people may come from one address, as a class behind one router does: so many times as for one account. */
const ADDRESS_FACTOR = 10;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Failures are forgotten when there was none for this long. */
const FORGET_AFTER_MS = 15 * 60_000;
/** What is remembered at the most; the oldest is forgotten first. */
const MOST_REMEMBERED = 20_000;

/** No account has a longer name; a stranger may send one as long as a request. */
const LONGEST_USERNAME = 200;

interface Failures {
  readonly count: number;
  readonly last: number;
  readonly until: number;
}

/**
 * Slows down who guesses passwords, by the address they come from: for one account after a few failed logins, for all
 * accounts after many. The account's owner is not held up at another address.
 */
export class LoginGuard {
  /** Longest quiet first. */
  readonly #failures = new Map<string, Failures>();
  /** Accounts that somebody has logged in to, with from where, longest ago first. */
  readonly #known = new Set<string>();
  readonly #free: number;
  readonly #now: () => number;

  /**
   * `free`: so many failed logins for one account cost nothing; each further one doubles the time that the next try has
   * to wait. `now` tells milliseconds that no change of the clock disturbs.
   */
  constructor(free: number, now = () => performance.now()) {
    this.#free = free;
    this.#now = now;
  }

  /** Milliseconds until `username` may be tried from `address` again; 0 when it may be now. */
  wait(username: string, address: string): number {
    const { pair, network } = keysOf(username, address);
    // Who has logged in from there before is not held up by a neighbour that guesses.
    const keys = this.#known.has(pair) ? [pair] : [pair, network];
    const until = keys.map((key) => this.#failures.get(key)?.until ?? 0);
    return Math.max(0, Math.max(...until) - this.#now());
  }

  failed(username: string, address: string): void {
    const now = this.#now();
    const { pair, network } = keysOf(username, address);
    for (const [key, free] of [
      [pair, this.#free] as const,
      [network, this.#free * ADDRESS_FACTOR] as const,
    ]) {
      const before = this.#failures.get(key);
      const count = before && now - before.last < FORGET_AFTER_MS ? before.count + 1 : 1;
      const wait = count < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - free), LONGEST_WAIT_MS);
      this.#failures.delete(key);
      this.#failures.set(key, { count, last: now, until: now + wait });
    }
    for (const [key, { last }] of this.#failures) {
      if (this.#failures.size <= MOST_REMEMBERED && now - last < FORGET_AFTER_MS) break;
      this.#failures.delete(key);
    }
  }

  /** The right password was given: what went wrong for this account from there is forgotten. */
  succeeded(username: string, address: string): void {
    const { pair } = keysOf(username, address);
    this.#failures.delete(pair);
    this.#known.delete(pair);
    this.#known.add(pair);
    if (this.#known.size > MOST_REMEMBERED) this.#known.delete(this.#known.values().next().value!);
  }
}

function keysOf(username: string, address: string): { readonly pair: string; readonly network: string } {
  const network = networkOf(address);
  return { pair: `${network} ${username.slice(0, LONGEST_USERNAME)}`, network };
}
