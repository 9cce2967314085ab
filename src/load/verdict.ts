import { Ranges } from './ranges.ts';

/** What a run found wrong with messages, by kind; but for the first two all zero on a correct server. */
export interface Verdict {
  /** Acknowledged. */
  readonly sent: number;
  readonly received: number;
  /** Acknowledged and never received. */
  readonly lost: number;
  /** Received again where that must not happen: on the same connection, or by an account that one connection polls. */
  readonly doubled: number;
  /** Received behind a later message of the same sender. */
  readonly disordered: number;
  /** Received though nobody sent it. */
  readonly invented: number;
}

/**
 * What one ledger took down; a message to be passed between threads. A flow is what goes from one connection to one user,
 * `SENDER USERNAME`; ranges are given by their bounds.
 */
export interface LedgerPage {
  readonly sendings: readonly { flow: string; issued: number; acknowledged: readonly number[] }[];
  readonly receipts: readonly { flow: string; received: readonly number[] }[];
  /** Seen by this ledger alone. */
  readonly doubled: number;
  readonly disordered: number;
  readonly invented: number;
}

/** Judges a whole run by the pages of its ledgers. `usernames`: who each connection is. */
export function judge(usernames: readonly string[], pages: readonly LedgerPage[]): Verdict {
  const shared = polledTwice(usernames);
  const sendings = new Map(pages.flatMap((page) => page.sendings.map((sending) => [sending.flow, sending])));
  const received = new Map<string, Ranges>();
  const sum = { sent: 0, received: 0, lost: 0, doubled: 0, disordered: 0, invented: 0 };
  for (const page of pages) {
    sum.doubled += page.doubled;
    sum.disordered += page.disordered;
    sum.invented += page.invented;
    for (const { flow, received: bounds } of page.receipts) {
      const shown = new Ranges(bounds);
      const real = shown.upTo(sendings.get(flow)?.issued ?? 0);
      sum.invented += shown.size - real.size;
      const before = received.get(flow) ?? new Ranges();
      const all = before.union(real);
      if (!shared.has(recipientOf(flow))) sum.doubled += before.size + real.size - all.size;
      received.set(flow, all);
    }
  }
  for (const { size } of received.values()) sum.received += size;
  for (const { flow, acknowledged: bounds } of sendings.values()) {
    const acknowledged = new Ranges(bounds);
    const arrived = received.get(flow) ?? new Ranges();
    sum.sent += acknowledged.size;
    sum.lost += arrived.union(acknowledged).size - arrived.size;
  }
  return sum;
}

/** Those who are there more than once. */
export function polledTwice(usernames: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(usernames.filter((username) => seen.size === seen.add(username).size));
}

const recipientOf = (flow: string): string => flow.slice(flow.indexOf(' ') + 1);
