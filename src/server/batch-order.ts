import type { ServedConnection } from './served-connection.ts';

type Asking = Pick<ServedConnection, 'answering'>;

/**
 * A thread may ask in a batch while main is still answering an earlier one. The results of a batch wait for those earlier ones
 * that hold requests of the same connections, and for no others: whoever only reads does not wait for what somebody else writes.
 */
export class BatchOrder {
  readonly #connections = new Set<Asking>();
  readonly #before: Promise<void>[] = [];
  readonly #self = Promise.withResolvers<void>();

  /** A connection of this batch, in the order in which main gets batches. */
  add(connection: Asking): void {
    if (this.#connections.has(connection)) return;
    this.#connections.add(connection);
    if (connection.answering) this.#before.push(connection.answering);
    connection.answering = this.#self.promise;
  }

  /** Resolves when the earlier batches of the same connections are answered; undefined when they are. */
  earlier(): Promise<unknown> | undefined {
    return this.#before.length > 0 ? Promise.all(this.#before) : undefined;
  }

  /** This batch is answered, or will not be. */
  answered(): void {
    for (const connection of this.#connections) {
      if (connection.answering === this.#self.promise) connection.answering = undefined;
    }
    this.#self.resolve();
  }
}
