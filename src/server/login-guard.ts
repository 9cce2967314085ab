import { isIPv6 } from 'node:net';

/** So many failed logins are free; each further one doubles the time that the next try has to wait. */
const FREE_FOR_ACCOUNT = 5;
/** Many people may come from one address, as a class behind one router does. */
const FREE_FOR_ADDRESS = 50;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Failures are forgotten when there was none for this long. */
const FORGET_AFTER_MS = 15 * 60_000;
/** What is remembered at the most; the oldest is forgotten first. */
const MOST_REMEMBERED = 20_000;

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
  readonly #now: () => number;

  constructor(now = Date.now) {
    this.#now = now;
  }

  /** Milliseconds until `username` may be tried from `address` again; 0 when it may be now. */
  wait(username: string, address: string): number {
    const until = keysOf(username, address).map(([key]) => this.#failures.get(key)?.until ?? 0);
    return Math.max(0, Math.max(...until) - this.#now());
  }

  failed(username: string, address: string): void {
    const now = this.#now();
    for (const [key, free] of keysOf(username, address)) {
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
    const [[account]] = keysOf(username, address);
    this.#failures.delete(account);
  }
}

type Keys = readonly [account: readonly [string, number], address: readonly [string, number]];

function keysOf(username: string, address: string): Keys {
  const network = networkOf(address);
  return [
    [`${network} ${username}`, FREE_FOR_ACCOUNT],
    [network, FREE_FOR_ADDRESS],
  ];
}

/** Whoever has one IPv6 address has its whole /64 (RFC 6177), so that counts as one. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const missing = 8 - groups.length - tail.split(':').filter(Boolean).length;
  const whole = address.includes('::')
    ? [...groups, ...Array(missing).fill('0'), ...tail.split(':')]
    : groups;
  return whole.slice(0, 4).join(':');
}
