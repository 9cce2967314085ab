import type { LoadAccount } from './own-server.ts';

/** A connection of the run, and whose it is. */
export interface Seat {
  /** From 0 in the run. */
  readonly number: number;
  readonly account: LoadAccount;
}

/** So many accounts share the idle connections of a server of our own: nobody writes to them. */
const IDLE_ACCOUNTS = 16;

/** How many accounts let each connection at work have one of its own. */
export const accountsFor = (connections: number, idle: number): number =>
  connections + Math.min(idle, IDLE_ACCOUNTS);

export interface Seats {
  /** The first, with the numbers from 0. */
  readonly active: readonly Seat[];
  readonly idle: readonly Seat[];
}

/** Each connection has an account of its own as far as they suffice; those at work come first. */
export function assignSeats(accounts: readonly LoadAccount[], connections: number, idle: number): Seats {
  const spare = accounts.length > connections ? accounts.slice(connections) : accounts;
  const seats = (count: number, from: number, of: readonly LoadAccount[]): Seat[] =>
    Array.from({ length: count }, (_, index) => ({
      number: from + index,
      account: of[index % of.length]!,
    }));
  return { active: seats(connections, 0, accounts), idle: seats(idle, connections, spare) };
}

/**
 * Deals them out to at most so many threads. Connections of one account stay together: what each of them was shown
 * has gaps where another was shown it, and a ledger that sees both has none to keep.
 */
export function dealOut({ active, idle }: Seats, threads: number): Seats[] {
  const hands: { active: Seat[]; idle: Seat[] }[] = [];
  const handOf = new Map<string, number>();
  for (const [kind, seats] of Object.entries({ active, idle }) as ['active' | 'idle', readonly Seat[]][]) {
    for (const seat of seats) {
      const { username } = seat.account;
      const hand = handOf.get(username) ?? handOf.size % threads;
      handOf.set(username, hand);
      hands[hand] ??= { active: [], idle: [] };
      hands[hand][kind].push(seat);
    }
  }
  return hands;
}
