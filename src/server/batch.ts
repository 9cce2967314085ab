import type { ServedConnection, ServedRequest } from './served-connection.ts';

/** What one connection has asked in a batch. */
export interface Share {
  readonly connection: ServedConnection;
  readonly batch: Batch;
  /** Those that have a reply, in order. */
  readonly requests: ServedRequest[];
  /** The connection has ended with it. */
  ended: boolean;
}

/**
 * Requests that are answered together, as soon as all their replies are there.
 *
 * A thread may ask in a batch while main is still answering an earlier one. A batch waits for those earlier ones that have shares of
 * the same connections, and for no others: whoever only reads does not wait for what somebody else writes.
 */
export class Batch {
  readonly #answer: (shares: readonly Share[]) => void;
  readonly #shares: Share[] = [];
  /** What has to come before it can be answered; one of that is that all of it has been begun. */
  #missing = 1;
  #failed = false;
  readonly #behind: Batch[] = [];
  readonly #answered = Promise.withResolvers<void>();

  /** `answer` is called once: when the promise that `allBegun` returns is resolved, or rejected if it throws. */
  constructor(answer: (shares: readonly Share[]) => void) {
    this.#answer = answer;
  }

  /** For a connection's next request, in the order in which main gets batches. */
  shareOf(connection: ServedConnection): Share {
    const last = connection.answering;
    if (last?.batch === this) return last;
    if (last) {
      this.#missing++;
      last.batch.#behind.push(this);
    }
    const share = this.shareApart(connection);
    connection.answering = share;
    return share;
  }

  /** The same, for what waits for no earlier batch. */
  shareApart(connection: ServedConnection): Share {
    const share = { connection, batch: this, requests: [], ended: false };
    this.#shares.push(share);
    return share;
  }

  /** Something has to come before it can be answered: call `arrived` then. */
  expect(): void {
    this.#missing++;
  }

  arrived(): void {
    if (--this.#missing > 0) return;
    try {
      if (!this.#failed) this.#answer(this.#shares);
      this.#answered.resolve();
    } catch (error) {
      this.#answered.reject(error);
    }
    this.#leave();
  }

  /** It cannot be answered. What it expects has to arrive all the same. */
  fail(error: unknown): void {
    this.#failed = true;
    this.#answered.reject(error);
  }

  /** Nothing is added to it any more. Resolves when it is answered. */
  allBegun(): Promise<void> {
    this.arrived();
    return this.#answered.promise;
  }

  #leave(): void {
    for (const share of this.#shares) {
      if (share.connection.answering === share) share.connection.answering = undefined;
    }
    for (const batch of this.#behind) batch.arrived();
  }
}
