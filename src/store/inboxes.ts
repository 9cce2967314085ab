import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { MessageLog } from './message-log.ts';
import { type Amount, amountOf, type Pending, PendingMessages } from './pending.ts';
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

type Changing = { -readonly [Key in keyof Amount]: Amount[Key] };

/** What is remembered of an inbox. */
interface Remembered {
  readonly username: string;
  readonly account: number;
  /** What is unread: what its owner sees, and what is hidden from them. */
  readonly seen: Changing;
  readonly hidden: Changing;
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
  /** The recipient's. */
  readonly to: number;
  /** Whether it is hidden from the recipient. */
  readonly hidden: boolean;
}

/**
 * The unread messages of every account. Those that are hidden from it (see `block`) become read and count as the others do, so that
 * whoever sent them finds what anybody finds; but they are counted apart, and take room from nobody else. What changes something is a step of a transaction (see GroupCommit), and what is kept in
 * memory beside the database is put back when that is undone.
 *
 * Whatever a send has to know is remembered. Nobody else writes to the database (see open.ts), so it stays right.
 */
export class InboxTable {
  readonly #sql;
  readonly #log: MessageLog;
  readonly #limits: InboxLimits;
  readonly #undo: Undo;
  readonly #pending: { readonly seen: PendingMessages; readonly hidden: PendingMessages };
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
    this.#pending = { seen: new PendingMessages(undo), hidden: new PendingMessages(undo) };
    for (const { recipient, hidden, ...message } of log.pendingUnread()) {
      this.#pending[kindOf(hidden !== 0)].add(recipient, message);
    }
  }

  /**
   * A message from somebody who is blocked is stored, and hidden from the recipient. For its sender the inbox is as full as if it
   * were not hidden; for others what is hidden is not there.
   */
  add({ sender, recipient, text, sentAt, key }: ToAccount): Added | 'no such recipient' | 'inbox is full' {
    const inbox = this.#of(recipient);
    if (!inbox) return 'no such recipient';
    const to = inbox.account;
    const size = Buffer.byteLength(text);
    const hidden = inbox.blocked.has(sender.id);
    if (!this.#hasRoom(inbox, hidden, 1, size)) return 'inbox is full';
    const id = this.#log.append({
      sender: sender.id,
      recipient: to,
      group: null,
      text,
      sentAt,
      hidden,
      key,
    });
    if (!hidden) this.#addSender(inbox, sender, id);
    this.#pending[kindOf(hidden)].add(to, { id, sender: sender.id, bytes: size });
    this.#change(inbox[kindOf(hidden)], 1, size);
    return { id, to, hidden };
  }

  /** Of the unread messages those with an id above `after`. */
  read(account: Account, after: number): Inbox {
    const inbox = this.#of(account.username);
    const messages: StoredMessage[] = [];
    const senders = inbox ? this.#sendersOf(inbox) : [];
    let units = 0;
    for (const message of this.#unread(account, after)) {
      units += message.text.length + MESSAGE_UNITS;
      if (messages.length > 0 && units > INBOX_UNITS) return { senders, messages, upTo: messages.at(-1)!.id };
      messages.push(message);
    }
    return { senders, messages, upTo: Math.max(after, messages.at(-1)?.id ?? 0, this.#lastHidden(account)) };
  }

  /** With a `sender`: only theirs. Returns, by sender's id, the number of the last message that was unread. */
  markRead(account: Account, upTo: number, readAt: number, sender?: number): ReadonlyMap<number, number> {
    const last = new Map<number, number>();
    for (const kind of KINDS) {
      for (const [from, id] of this.#markRead(kind, account, upTo, readAt, sender)) {
        last.set(from, Math.max(id, last.get(from) ?? 0));
      }
    }
    return last;
  }

  /**
   * Some of what is hidden from an account and was sent before `sentBefore` (ms since 1970) counts as read from now on, or it would
   * have to be kept for ever: nobody will read it. Returns as markRead() does; nothing when there is no more.
   */
  giveUpHidden(account: number, sentBefore: number, readAt: number): ReadonlyMap<number, number> {
    const inbox = this.#byAccount(account);
    const last = new Map<number, number>();
    const rows = this.#sql.hidden.oldest.all(account) as unknown as (Pending & { sentAt: number })[];
    for (const { id, sender, bytes, sentAt } of rows) {
      if (sentAt >= sentBefore) continue;
      this.#sql.markOneRead.run(readAt, id);
      if (inbox) this.#change(inbox.hidden, -1, -bytes);
      last.set(sender, id);
    }
    return last;
  }

  *#markRead(
    kind: Kind,
    account: Account,
    upTo: number,
    readAt: number,
    sender: number | undefined,
  ): Generator<readonly [sender: number, last: number]> {
    const sql = this.#sql[kind];
    const amount = this.#of(account.username)?.[kind];
    // Behind this it would not tell how many are in the indexes.
    if (this.#indexedOf(account, kind) > 0) {
      const counted = sql.unreadBySender.all(account.id, upTo) as unknown as (Amount & {
        sender: number;
        last: number;
      })[];
      const meant = counted.filter((one) => sender === undefined || one.sender === sender);
      for (const { sender: from, messages, bytes, last } of meant) {
        if (amount) this.#change(amount, -messages, -bytes);
        yield [from, last];
      }
      if (sender === undefined) sql.markRead.run(readAt, account.id, upTo);
      else if (meant.length > 0) sql.markReadFrom.run(readAt, account.id, upTo, sender);
    }
    const pending = this.#pending[kind].take(account.id, upTo, sender);
    for (const { id, sender: from } of pending) {
      this.#sql.markOneRead.run(readAt, id);
      yield [from, id];
    }
    const { messages, bytes } = amountOf(pending);
    if (amount) this.#change(amount, -messages, -bytes);
  }

  /**
   * An unread message in the indexes is changing its size by so many bytes, or with `gone` is not unread any more. False when the
   * inbox is too full for that.
   */
  resize(username: string, hidden: boolean, bytes: number, gone: boolean): boolean {
    const inbox = this.#of(username);
    if (!inbox) return true;
    if (bytes > 0 && !this.#hasRoom(inbox, hidden, 0, bytes)) return false;
    this.#change(inbox[kindOf(hidden)], gone ? -1 : 0, bytes);
    return true;
  }

  /** How many of an account's unread messages are not in the indexes yet; hidden ones are not counted. */
  pendingOf(account: number): number {
    return this.#pending.seen.of(account).length;
  }

  /** All messages up to the number `upTo` are in the indexes now. */
  indexed(upTo: number): void {
    for (const kind of KINDS) this.#pending[kind].takeAll(upTo);
  }

  /** How many unread messages of each sender there are, by id, up to about `most` in all. */
  unreadBySender(account: Account, most: number): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    const count = (sender: number): void => void counts.set(sender, (counts.get(sender) ?? 0) + 1);
    if (this.#indexedOf(account, 'seen') > 0) {
      for (const { sender } of this.#sql.seen.unreadSenders.all(account.id, most)) count(Number(sender));
    }
    for (const { sender } of this.#pending.seen.of(account.id)) count(sender);
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
    if (this.#indexedOf({ id, username }, 'seen') > 0) {
      yield* this.#sql.seen.unread.iterate(id, after) as Iterable<unknown> as Iterable<StoredMessage>;
    }
    for (const pending of this.#pending.seen.of(id)) {
      if (pending.id > after) yield this.#sql.one.get(pending.id) as unknown as StoredMessage;
    }
  }

  /** The last unread message that is hidden; 0 when there is none. */
  #lastHidden(account: Account): number {
    const pending = this.#pending.hidden.of(account.id).at(-1);
    if (pending) return pending.id;
    if (this.#indexedOf(account, 'hidden') === 0) return 0;
    return Number(this.#sql.hidden.last.get(account.id)!.last);
  }

  /** How many of an inbox' unread messages are in the indexes. */
  #indexedOf({ id, username }: Pick<Account, 'id' | 'username'>, kind: Kind): number {
    const inbox = this.#of(username);
    return inbox ? inbox[kind].messages - this.#pending[kind].of(id).length : Number.POSITIVE_INFINITY;
  }

  #hasRoom({ seen, hidden }: Remembered, isHidden: boolean, messages: number, bytes: number): boolean {
    const beside = isHidden ? hidden : NOTHING;
    return (
      seen.messages + beside.messages + messages <= this.#limits.messages &&
      seen.bytes + beside.bytes + bytes <= this.#limits.bytes
    );
  }

  #byAccount(id: number): Remembered | undefined {
    const found = this.#sql.username.get(id);
    return found && this.#of(String(found.username));
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
    const inbox = {
      username,
      account,
      seen: this.#amount('seen', account),
      hidden: this.#amount('hidden', account),
      senders,
      blocked,
    };
    this.#remembered.set(username, inbox);
    this.#others += senders.size + blocked.size;
    // It may be of what this transaction has written.
    this.#undo(() => this.forget(username));
    return inbox;
  }

  #amount(kind: Kind, account: number): Amount {
    const indexed = this.#sql[kind].amount.get(account) as unknown as Amount;
    const pending = amountOf(this.#pending[kind].of(account));
    return { messages: indexed.messages + pending.messages, bytes: indexed.bytes + pending.bytes };
  }

  /** Forgets the inboxes that have been remembered for longest, if there are too many. */
  #makeRoom(): void {
    for (const username of this.#remembered.keys()) {
      if (this.#others + this.#remembered.size <= MOST_REMEMBERED) return;
      this.forget(username);
    }
  }

  #change(amount: Changing, messages: number, bytes: number): void {
    amount.messages += messages;
    amount.bytes += bytes;
    this.#undo(() => {
      amount.messages -= messages;
      amount.bytes -= bytes;
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

/** Whether its owner sees a message. */
type Kind = 'seen' | 'hidden';
const KINDS: readonly Kind[] = ['seen', 'hidden'];
const kindOf = (hidden: boolean): Kind => (hidden ? 'hidden' : 'seen');

const NOTHING: Amount = { messages: 0, bytes: 0 };

/** Few enough for about a millisecond. */
const GIVEN_UP_AT_ONCE = 200;

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const ofKind = (kind: Kind) => {
    // Word for word as in the indexes.
    const unread = `recipient = ? AND indexed AND ${kind === 'hidden' ? 'hidden' : 'NOT hidden'} AND read_at IS NULL`;
    return {
      amount: sql(`SELECT count(*) AS messages, coalesce(sum(octet_length(text)), 0) AS bytes FROM message
        WHERE ${unread}`),
      unread:
        sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
        WHERE ${unread} AND message.id > ? ORDER BY message.id`),
      unreadBySender:
        sql(`SELECT sender, count(*) AS messages, sum(octet_length(text)) AS bytes, max(id) AS last
        FROM message WHERE ${unread} AND id <= ? GROUP BY sender`),
      unreadSenders: sql(`SELECT sender FROM message WHERE ${unread} ORDER BY id LIMIT ?`),
      oldest: sql(`SELECT id, sender, octet_length(text) AS bytes, sent_at AS sentAt FROM message
        WHERE ${unread} ORDER BY id LIMIT ${GIVEN_UP_AT_ONCE}`),
      last: sql(`SELECT max(id) AS last FROM message WHERE ${unread}`),
      markRead: sql(`UPDATE message SET read_at = ? WHERE ${unread} AND id <= ?`),
      markReadFrom: sql(`UPDATE message SET read_at = ? WHERE ${unread} AND id <= ? AND sender = ?`),
    };
  };
  return {
    seen: ofKind('seen'),
    hidden: ofKind('hidden'),
    username: sql('SELECT username FROM account WHERE id = ?'),
    recipient: sql(`SELECT id FROM account WHERE username = ? AND state <> 'removed'`),
    correspondents:
      sql(`SELECT sender AS id, username, nama FROM correspondent JOIN account ON account.id = sender
      WHERE recipient = ? ORDER BY first_message`),
    addCorrespondent: sql('INSERT INTO correspondent VALUES (?, ?, ?)'),
    one: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE message.id = ?`),
    markOneRead: sql('UPDATE message SET read_at = ? WHERE id = ?'),
    block: sql('INSERT OR IGNORE INTO block VALUES (?, ?)'),
    unblock: sql('DELETE FROM block WHERE account = ? AND blocked = ?'),
    blockedBy: sql('SELECT blocked FROM block WHERE account = ?'),
    blocks: sql(`SELECT username FROM block JOIN account ON account.id = blocked
      WHERE block.account = ? ORDER BY username`),
  };
}
