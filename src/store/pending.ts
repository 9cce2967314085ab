import type { Undo } from './group-commit.ts';

/** Messages, and the bytes of their texts in UTF-8. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** An unread message. */
export interface Pending {
  readonly id: number;
  /** By id. */
  readonly sender: number;
  /** Of its text. */
  readonly bytes: number;
}

const NONE: readonly Pending[] = [];

/**
 * The unread messages that are stored but not yet in the indexes (see MessageLog), by inbox. Kept in memory alone: they are
 * among the last ones in the table, and are found there at the next start.
 */
export class PendingMessages {
  /** By the recipient's id, ascending; no inbox is empty. */
  readonly #inboxes = new Map<number, Pending[]>();
  readonly #undo: Undo;

  constructor(undo: Undo) {
    this.#undo = undo;
  }

  /** Its id is greater than any before. */
  add(recipient: number, message: Pending): void {
    const waiting = this.#inboxes.get(recipient);
    if (waiting) waiting.push(message);
    else this.#inboxes.set(recipient, [message]);
    this.#undo(() => this.#takeBack(recipient));
  }

  /** Ascending. */
  of(recipient: number): readonly Pending[] {
    return this.#inboxes.get(recipient) ?? NONE;
  }

  /** Takes out the first `most` of an inbox' messages up to the one with the id `upTo`, if it is given only those of one sender. */
  take(
    recipient: number,
    upTo: number,
    sender?: number,
    most = Number.POSITIVE_INFINITY,
  ): readonly Pending[] {
    const before = this.#inboxes.get(recipient) ?? [];
    const taken: Pending[] = [];
    const left: Pending[] = [];
    let at = 0;
    for (; at < before.length && taken.length < most; at++) {
      const message = before[at]!;
      if (message.id > upTo) break;
      (sender === undefined || message.sender === sender ? taken : left).push(message);
    }
    if (taken.length === 0) return NONE;
    for (; at < before.length; at++) left.push(before[at]!);
    if (left.length > 0) this.#inboxes.set(recipient, left);
    else this.#inboxes.delete(recipient);
    // Nobody adds to that list meanwhile.
    this.#undo(() => this.#inboxes.set(recipient, before));
    return taken;
  }

  /** The last one that was added. */
  #takeBack(recipient: number): void {
    const messages = this.#inboxes.get(recipient)!;
    messages.pop();
    if (messages.length === 0) this.#inboxes.delete(recipient);
  }
}

export const amountOf = (messages: readonly Pending[]): Amount => ({
  messages: messages.length,
  bytes: messages.reduce((total, { bytes }) => total + bytes, 0),
});
