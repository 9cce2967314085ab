import type { Undo } from './group-commit.ts';

/** Messages, and the bytes of their texts in UTF-8. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  /** Ascending. */
  readonly ids: number[];
  /** Of their texts. */
  readonly bytes: number[];
}

/**
 * The unread messages that are stored but not yet in the indexes (see InboxTable), by inbox. Kept in memory alone: they are
 * among the last ones in the table, and are found there at the next start.
 */
export class PendingMessages {
  /** By the recipient's id; no inbox is empty. */
  readonly #inboxes = new Map<number, Waiting>();
  readonly #undo: Undo;

  constructor(undo: Undo) {
    this.#undo = undo;
  }

  /** `id` is greater than any before. */
  add(recipient: number, id: number, bytes: number): void {
    const waiting = this.#inboxes.get(recipient) ?? { ids: [], bytes: [] };
    if (waiting.ids.length === 0) this.#inboxes.set(recipient, waiting);
    waiting.ids.push(id);
    waiting.bytes.push(bytes);
    this.#undo(() => this.#remove(recipient, this.of(recipient).length - 1, 1));
  }

  /** Ascending. */
  of(recipient: number): readonly number[] {
    return this.#inboxes.get(recipient)?.ids ?? [];
  }

  amount(recipient: number): Amount {
    const bytes = this.#inboxes.get(recipient)?.bytes ?? [];
    return { messages: bytes.length, bytes: sum(bytes) };
  }

  /** Takes out an inbox' messages up to the one with the id `upTo`. */
  take(recipient: number, upTo: number): { ids: readonly number[]; bytes: number } {
    const { ids, bytes } = this.#remove(recipient, 0, this.#countUpTo(recipient, upTo));
    if (ids.length > 0) this.#undo(() => this.#putBack(recipient, ids, bytes));
    return { ids, bytes: sum(bytes) };
  }

  /** Takes out all messages up to the one with the id `upTo`. */
  takeAll(upTo: number): void {
    for (const recipient of [...this.#inboxes.keys()]) this.take(recipient, upTo);
  }

  #countUpTo(recipient: number, upTo: number): number {
    const { ids } = this.#inboxes.get(recipient) ?? { ids: [] };
    // Mostly it is all of them.
    if (ids.length === 0 || ids.at(-1)! <= upTo) return ids.length;
    return ids.findIndex((id) => id > upTo);
  }

  #remove(recipient: number, at: number, count: number): Waiting {
    const waiting = this.#inboxes.get(recipient);
    if (!waiting) return { ids: [], bytes: [] };
    const removed = { ids: waiting.ids.splice(at, count), bytes: waiting.bytes.splice(at, count) };
    if (waiting.ids.length === 0) this.#inboxes.delete(recipient);
    return removed;
  }

  #putBack(recipient: number, ids: readonly number[], bytes: readonly number[]): void {
    const later = this.#inboxes.get(recipient);
    this.#inboxes.set(recipient, {
      ids: [...ids, ...(later?.ids ?? [])],
      bytes: [...bytes, ...(later?.bytes ?? [])],
    });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
