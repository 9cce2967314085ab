import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { MessageLog } from './message-log.ts';
import { type Amount, amountOf, PendingMessages } from './pending.ts';
import {
  type Account,
  INBOX_UNITS,
  type Inbox,
  type InboxLimits,
  MESSAGE_UNITS,
  type StoredMessage,
} from './store.ts';

/** So many inboxes, senders and blocked ones are remembered, together: about ten megabytes. */
const MOST_REMEMBERED = 100_000;

type Sender = Inbox['senders'][number];

/** What is remembered of an inbox. */
interface Remembered {
  readonly username: string;
  readonly account: number;
  unread: number;
  /** Of the unread messages' texts, in UTF-8. */
  bytes: number;
  /** By account id, in the order of their first message. */
  readonly senders: Map<number, Sender>;
  /** By account id. */
  readonly blocked: Set<number>;
}

/** A message to an account. */
export interface ToAccount {
  readonly sender: Account;
  /** A username. */
  readonly recipient: string;
  readonly text: string;
  readonly sentAt: number;
  readonly key?: string | undefined;
}

export interface Added {
  readonly id: number;
  /** The recipient's; undefined when the message is hidden from them. */
  readonly to: number | undefined;
}

/**
 * The unread messages of every account. What changes something is a step of a transaction (see GroupCommit), and what is kept in
 * memory beside the database is put back when that is undone.
 *
 * Whatever a send has to know is remembered. Nobody else writes to the database (see open.ts), so it stays right.
 */
export class InboxTable {
  readonly #sql;
  readonly #log: MessageLog;
  readonly #limits: InboxLimits;
  readonly #undo: Undo;
  readonly #pending: PendingMessages;
  /** By username. */
  readonly #remembered = new Map<string, Remembered>();
  #others = 0;
  /** By account id, full names that were changed: a remembered inbox may still have the old one. */
  readonly #renamed = new Map<number, string>();

  constructor(db: DatabaseSync, log: MessageLog, limits: InboxLimits, undo: Undo) {
    this.#sql = prepare(db);
    this.#log = log;
    this.#limits = limits;
    this.#undo = undo;
    this.#pending = new PendingMessages(undo);
    for (const { recipient, ...message } of log.pendingUnread()) this.#pending.add(recipient, message);
  }

  /** A message from somebody who is blocked is stored, and hidden from the recipient. */
  add({ sender, recipient, text, sentAt, key }: ToAccount): Added | 'no such recipient' | 'inbox is full' {
    const inbox = this.#of(recipient);
    if (!inbox) return 'no such recipient';
    const to = inbox.account;
    const { messages, bytes } = this.#limits;
    const size = Buffer.byteLength(text);
    if (inbox.unread >= messages || inbox.bytes + size > bytes) return 'inbox is full';
    const hidden = inbox.blocked.has(sender.id);
    const id = this.#log.append({
      sender: sender.id,
      recipient: to,
      group: null,
      text,
      sentAt,
      hidden,
      key,
    });
    if (hidden) return { id, to: undefined };
    this.#addSender(inbox, sender, id);
    this.#pending.add(to, { id, sender: sender.id, bytes: size });
    this.#change(inbox, 1, size);
    return { id, to };
  }

  /** Of the unread messages those with an id above `after`. */
  read(account: Account, after: number): Inbox {
    const inbox = this.#of(account.username);
    const messages: StoredMessage[] = [];
    let units = 0;
    for (const message of this.#unread(account, after)) {
      units += message.text.length + MESSAGE_UNITS;
      if (messages.length > 0 && units > INBOX_UNITS) break;
      messages.push(message);
    }
    return { senders: inbox ? this.#sendersOf(inbox) : [], messages };
  }

  /** With a `sender`: only theirs. Returns, by sender's id, the number of the last message that was unread. */
  markRead(account: Account, upTo: number, readAt: number, sender?: number): ReadonlyMap<number, number> {
    const inbox = this.#of(account.username);
    const last = new Map<number, number>();
    // Behind this it would not tell how many are in the indexes.
    if (this.#indexedOf(account) > 0) {
      const counted = this.#sql.unreadBySender.all(account.id, upTo) as unknown as (Amount & {
        sender: number;
        last: number;
      })[];
      for (const { sender: from, messages, bytes, last: id } of counted) {
        if (sender !== undefined && from !== sender) continue;
        last.set(from, id);
        if (inbox) this.#change(inbox, -messages, -bytes);
      }
      if (sender === undefined) this.#sql.markRead.run(readAt, account.id, upTo);
      else if (last.size > 0) this.#sql.markReadFrom.run(readAt, account.id, upTo, sender);
    }
    const pending = this.#pending.take(account.id, upTo, sender);
    for (const { id, sender: from } of pending) {
      this.#sql.markOneRead.run(readAt, id);
      last.set(from, id);
    }
    const { messages, bytes } = amountOf(pending);
    if (inbox) this.#change(inbox, -messages, -bytes);
    return last;
  }

  /**
   * An unread message in the indexes is changing its size by so many bytes, or with `gone` is not unread any more. False when the
   * inbox is too full for that.
   */
  resize(username: string, bytes: number, gone: boolean): boolean {
    const inbox = this.#of(username);
    if (!inbox) return true;
    if (bytes > 0 && inbox.bytes + bytes > this.#limits.bytes) return false;
    this.#change(inbox, gone ? -1 : 0, bytes);
    return true;
  }

  /** How many of an account's unread messages are not in the indexes yet. */
  pendingOf(account: number): number {
    return this.#pending.of(account).length;
  }

  /** All messages up to the number `upTo` are in the indexes now. */
  indexed(upTo: number): void {
    this.#pending.takeAll(upTo);
  }

  /** How many unread messages of each sender there are, by id, up to about `most` in all. */
  unreadBySender(account: Account, most: number): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    const count = (sender: number): void => void counts.set(sender, (counts.get(sender) ?? 0) + 1);
    if (this.#indexedOf(account) > 0) {
      for (const { sender } of this.#sql.unreadSenders.all(account.id, most)) count(Number(sender));
    }
    for (const { sender } of this.#pending.of(account.id)) count(sender);
    return counts;
  }

  /** Hides what `blocked` sends to the account from now on, or no longer. */
  block(account: Account, blocked: number, on: boolean): void {
    if (on) this.#sql.block.run(account.id, blocked);
    else this.#sql.unblock.run(account.id, blocked);
    this.forget(account.username);
    this.#undo(() => this.forget(account.username));
  }

  /** Usernames. */
  blocks(account: Account): string[] {
    return this.#sql.blocks.all(account.id).map(({ username }) => String(username));
  }

  /** What is remembered of a user's inbox may not be so any more. */
  forget(username: string): void {
    const inbox = this.#remembered.get(username);
    this.#others -= (inbox?.senders.size ?? 0) + (inbox?.blocked.size ?? 0);
    this.#remembered.delete(username);
  }

  /** An account has another full name from now on. */
  rename(account: number, nama: string): void {
    if (this.#renamed.size >= MOST_REMEMBERED) this.#forgetAll();
    const before = this.#renamed.get(account);
    this.#renamed.set(account, nama);
    this.#undo(() => {
      if (before === undefined) this.#renamed.delete(account);
      else this.#renamed.set(account, before);
    });
  }

  #sendersOf({ senders }: Remembered): Sender[] {
    if (this.#renamed.size === 0) return [...senders.values()];
    return [...senders].map(([id, sender]) => ({ ...sender, nama: this.#renamed.get(id) ?? sender.nama }));
  }

  #forgetAll(): void {
    this.#remembered.clear();
    this.#others = 0;
    this.#renamed.clear();
  }

  *#unread({ id, username }: Account, after: number): Generator<StoredMessage> {
    if (this.#indexedOf({ id, username }) > 0) {
      yield* this.#sql.unread.iterate(id, after) as Iterable<unknown> as Iterable<StoredMessage>;
    }
    for (const pending of this.#pending.of(id)) {
      if (pending.id > after) yield this.#sql.one.get(pending.id) as unknown as StoredMessage;
    }
  }

  /** How many of an inbox' unread messages are in the indexes. */
  #indexedOf({ id, username }: Pick<Account, 'id' | 'username'>): number {
    const inbox = this.#of(username);
    return inbox ? inbox.unread - this.pendingOf(id) : Number.POSITIVE_INFINITY;
  }

  /** Undefined when there is no such account, or it was removed. */
  #of(username: string): Remembered | undefined {
    const known = this.#remembered.get(username);
    if (known) return known;
    const found = this.#sql.recipient.get(username);
    if (!found) return undefined;
    this.#makeRoom();
    const account = Number(found.id);
    const rows = this.#sql.correspondents.all(account) as unknown as (Sender & { id: number })[];
    const senders = new Map(rows.map(({ id, username, nama }) => [id, { username, nama }]));
    const blocked = new Set(this.#sql.blockedBy.all(account).map((row) => Number(row.blocked)));
    const indexed = this.#sql.amount.get(account) as unknown as Amount;
    const pending = amountOf(this.#pending.of(account));
    const inbox = {
      username,
      account,
      unread: indexed.messages + pending.messages,
      bytes: indexed.bytes + pending.bytes,
      senders,
      blocked,
    };
    this.#remembered.set(username, inbox);
    this.#others += senders.size + blocked.size;
    // It may be of what this transaction has written.
    this.#undo(() => this.forget(username));
    return inbox;
  }

  /** Forgets the inboxes that have been remembered for longest, if there are too many. */
  #makeRoom(): void {
    for (const username of this.#remembered.keys()) {
      if (this.#others + this.#remembered.size <= MOST_REMEMBERED) return;
      this.forget(username);
    }
  }

  #change(inbox: Remembered, messages: number, bytes: number): void {
    inbox.unread += messages;
    inbox.bytes += bytes;
    this.#undo(() => {
      inbox.unread -= messages;
      inbox.bytes -= bytes;
    });
  }

  #addSender(inbox: Remembered, { id, username, nama }: Account, message: number): void {
    if (inbox.senders.has(id)) return;
    this.#sql.addCorrespondent.run(inbox.account, id, message);
    inbox.senders.set(id, { username, nama });
    this.#others++;
    this.#undo(() => {
      inbox.senders.delete(id);
      if (this.#remembered.get(inbox.username) === inbox) this.#others--;
    });
  }
}

const UNREAD = 'indexed AND NOT hidden AND read_at IS NULL';

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    recipient: sql(`SELECT id FROM account WHERE username = ? AND state <> 'removed'`),
    correspondents:
      sql(`SELECT sender AS id, username, nama FROM correspondent JOIN account ON account.id = sender
      WHERE recipient = ? ORDER BY first_message`),
    addCorrespondent: sql('INSERT INTO correspondent VALUES (?, ?, ?)'),
    amount: sql(`SELECT count(*) AS messages, coalesce(sum(octet_length(text)), 0) AS bytes FROM message
      WHERE recipient = ? AND ${UNREAD}`),
    unread: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE recipient = ? AND ${UNREAD} AND message.id > ? ORDER BY message.id`),
    unreadBySender:
      sql(`SELECT sender, count(*) AS messages, sum(octet_length(text)) AS bytes, max(id) AS last
      FROM message WHERE recipient = ? AND ${UNREAD} AND id <= ? GROUP BY sender`),
    unreadSenders: sql(`SELECT sender FROM message WHERE recipient = ? AND ${UNREAD} ORDER BY id LIMIT ?`),
    one: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE message.id = ?`),
    markRead: sql(`UPDATE message SET read_at = ? WHERE recipient = ? AND ${UNREAD} AND id <= ?`),
    markReadFrom: sql(`UPDATE message SET read_at = ?
      WHERE recipient = ? AND ${UNREAD} AND id <= ? AND sender = ?`),
    markOneRead: sql('UPDATE message SET read_at = ? WHERE id = ?'),
    block: sql('INSERT OR IGNORE INTO block VALUES (?, ?)'),
    unblock: sql('DELETE FROM block WHERE account = ? AND blocked = ?'),
    blockedBy: sql('SELECT blocked FROM block WHERE account = ?'),
    blocks: sql(`SELECT username FROM block JOIN account ON account.id = blocked
      WHERE block.account = ? ORDER BY username`),
  };
}
