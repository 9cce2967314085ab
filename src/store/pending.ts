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
    this.#undo(() => this.#set(recipient, this.of(recipient).slice(0, -1)));
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
    const before = this.of(recipient);
    const taken: Pending[] = [];
    const left: Pending[] = [];
    for (const message of before) {
      const isMeant = message.id <= upTo && (sender === undefined || message.sender === sender);
      (isMeant && taken.length < most ? taken : left).push(message);
    }
    if (taken.length === 0) return NONE;
    this.#set(recipient, left);
    this.#undo(() => this.#set(recipient, [...before]));
    return taken;
  }

  #set(recipient: number, messages: Pending[]): void {
    if (messages.length === 0) this.#inboxes.delete(recipient);
    else this.#inboxes.set(recipient, messages);
  }
}

export const amountOf = (messages: readonly Pending[]): Amount => ({
  messages: messages.length,
  bytes: messages.reduce((total, { bytes }) => total + bytes, 0),
});
