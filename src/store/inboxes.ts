import type { DatabaseSync } from 'node:sqlite';
import type { Piece, Undo } from './group-commit.ts';
import { InboxMemory, KINDS, type Kind, kindOf, type RememberedInbox } from './inbox-memory.ts';
import type { MessageLog, PendingRow } from './message-log.ts';
import { type Amount, amountOf, type Pending, PendingMessages } from './pending.ts';
import {
  type Account,
  INBOX_MESSAGES,
  INBOX_UNITS,
  type Inbox,
  type InboxLimits,
  MESSAGE_UNITS,
  type StoredMessage,
} from './store.ts';

/** A message to an account. */
export interface ToAccount {
  readonly sender: Account;
  readonly text: string;
  readonly sentAt: number;
  readonly key?: string | undefined;
}

/** Which of an account's unread messages become read. */
export interface Reading {
  /** Those with a number of at most this. */
  readonly upTo: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By id: only theirs. */
  readonly sender?: number | undefined;
}

/** Up to where a Reading is done. */
export interface ReadSoFar {
  readonly from: number;
  /** In this piece, by sender's id, the number of the last message that was unread. */
  readonly senders: ReadonlyMap<number, number>;
}

/** Whose messages are unread, and how many: of the senders up to an id, by username. */
export interface UnreadSenders {
  readonly from: number;
  readonly found: readonly (readonly [username: string, unread: number])[];
}

export const NO_SENDERS: UnreadSenders = { from: 0, found: [] };

/** Of so many unread messages is looked who has sent them, and so many become read, in one piece: a millisecond or two. */
const LOOKED_AT_ONCE = 5000;
const READ_AT_ONCE = 500;
/** Fewer when they are long: of those with so many bytes. */
const BYTES_AT_ONCE = 256 * 1024;
/** Of so many senders is looked what is unread in one piece. */
const SENDERS_AT_ONCE = 500;
/** Few enough for about a millisecond. */
const GIVEN_UP_AT_ONCE = 200;

export const START_OF_READING: ReadSoFar = { from: 0, senders: new Map() };

/**
 * The unread messages of every account. Those that are hidden from it (see `block`) become read and count as the others do, so that
 * whoever sent them finds what anybody finds; but they are counted apart, and take room from nobody else.
 *
 * What changes something is a step of a transaction (see GroupCommit). What there is of something is counted where it changes, in
 * the database (what is in the indexes) and in memory (all of it); no step looks at all of what an account has.
 */
export class InboxTable {
  readonly #sql;
  readonly #log: MessageLog;
  readonly #limits: InboxLimits;
  readonly #pending: Readonly<Record<Kind, PendingMessages>>;
  readonly #memory: InboxMemory;
  readonly #undo: Undo;

  constructor(db: DatabaseSync, log: MessageLog, limits: InboxLimits, undo: Undo) {
    this.#sql = prepare(db);
    this.#log = log;
    this.#limits = limits;
    this.#undo = undo;
    this.#pending = { seen: new PendingMessages(undo), hidden: new PendingMessages(undo) };
    this.#memory = new InboxMemory(db, this.#pending, undo);
    for (const row of log.unreadAtStart) this.#pending[kindOf(row.hidden)].add(row.recipient!, row);
  }

  /**
   * A message from somebody who is blocked is stored, and hidden from the recipient. For its sender the inbox is as full as if it
   * were not hidden; for others what is hidden is not there. `recipient`: a username.
   */
  add(
    { sender, text, sentAt, key }: ToAccount,
    recipient: string,
  ): PendingRow | 'no such recipient' | 'inbox is full' {
    const inbox = this.#memory.of(recipient);
    if (!inbox) return 'no such recipient';
    const to = inbox.account;
    const bytes = Buffer.byteLength(text);
    const { blocked: hidden, corresponds } = this.#memory.pairOf(inbox, sender.id);
    if (!this.#hasRoom(inbox, hidden, 1, bytes)) return 'inbox is full';
    const added = this.#log.append({
      sender: sender.id,
      recipient: to,
      group: null,
      text,
      bytes,
      sentAt,
      hidden,
      key,
    });
    if (!hidden && !corresponds) {
      this.#sql.addCorrespondent.run(to, sender.id, added.id);
      this.#memory.addSender(inbox, sender, added.id);
    }
    this.#pending[kindOf(hidden)].add(to, added);
    this.#memory.change(inbox[kindOf(hidden)], 1, bytes);
    return added;
  }

  /** Of the unread messages those with an id above `after`: a piece of that, when many have written to the account. */
  read(account: Account, after: number): Piece<undefined, Inbox> {
    const inbox = this.#memory.of(account.username);
    if (inbox && this.#memory.loadSenders(inbox)) return { next: undefined };
    // An account that was removed meanwhile has nothing.
    const byId = inbox?.list?.senders ?? new Map<number, Inbox['senders'][number]>();
    const senders = [...byId.values()];
    const messages: StoredMessage[] = [];
    let units = 0;
    for (const { id, sender, text } of byId.size > 0 ? this.#unread(account, after) : []) {
      const { username, nama } = byId.get(sender)!;
      units += text.length + nama.length + account.nama.length + MESSAGE_UNITS;
      if (messages.length === INBOX_MESSAGES || (messages.length > 0 && units > INBOX_UNITS)) {
        return { done: { senders, messages, upTo: messages.at(-1)!.id } };
      }
      messages.push({ id, sender: username, text });
    }
    const upTo = Math.max(after, messages.at(-1)?.id ?? 0, this.#lastHidden(account));
    return { done: { senders, messages, upTo } };
  }

  /**
   * Marks some messages as read, behind those of earlier pieces. What is hidden becomes read in the same piece as what is not and has
   * such numbers: who has sent of both must not hear of it twice.
   */
  markRead(account: Account, reading: Reading, { from }: ReadSoFar): Piece<ReadSoFar, ReadSoFar> {
    const { upTo, sender } = reading;
    const senders = new Map<number, number>();
    const read = (by: number, id: number): void => void senders.set(by, Math.max(id, senders.get(by) ?? 0));
    // Behind what is pending it would not tell how many are in the indexes.
    const indexed = KINDS.filter((kind) => this.#indexedOf(account, kind) > 0);
    const to = Math.min(upTo, ...indexed.map((kind) => this.#endOfPiece(account, kind, from, reading)));
    for (const kind of indexed) this.#markIndexed(account, kind, { from, to }, reading, read);
    if (to < upTo) return { next: { from: to, senders } };
    let more = false;
    for (const kind of KINDS) {
      const pending = this.#pending[kind].take(account.id, upTo, sender, READ_AT_ONCE);
      for (const { id, sender: by } of pending) {
        this.#sql.markOneRead.run(reading.at, id);
        read(by, id);
      }
      const { messages, bytes } = amountOf(pending);
      this.#changeAmount(account, kind, -messages, -bytes);
      more ||= pending.length === READ_AT_ONCE;
    }
    return more ? { next: { from: to, senders } } : { done: { from: to, senders } };
  }

  /** Up to which number a piece goes, of messages in the indexes that come behind `from`. */
  #endOfPiece(account: Account, kind: Kind, from: number, { upTo, sender: whose }: Reading): number {
    const { end } = this.#sql[kind];
    const sender = whose ?? null;
    const find = (to: number, skip: number, of: number | null): number =>
      Number(end.get({ account: account.id, from, to, sender: of, skip })?.id ?? to);
    const looked = sender === null ? upTo : find(upTo, LOOKED_AT_ONCE - 1, null);
    return find(looked, this.#readAtOnce(account, kind) - 1, sender);
  }

  /** Marks those in the indexes between two numbers, and tells whose they were. */
  #markIndexed(
    account: Account,
    kind: Kind,
    { from, to }: { readonly from: number; readonly to: number },
    { at, sender: whose }: Reading,
    read: (by: number, id: number) => void,
  ): void {
    const sql = this.#sql[kind];
    const range = { account: account.id, from, to, sender: whose ?? null };
    const counted = sql.amounts.all(range) as unknown as (Amount & { sender: number; last: number })[];
    if (counted.length > 0) sql.markRead.run({ ...range, at });
    for (const { sender: by, messages, bytes, last } of counted) {
      this.#count(kind, account.id, by, -messages, -bytes);
      this.#changeAmount(account, kind, -messages, -bytes);
      read(by, last);
    }
  }

  #changeAmount({ username }: Account, kind: Kind, messages: number, bytes: number): void {
    const amount = this.#memory.of(username)?.[kind];
    if (amount) this.#memory.change(amount, messages, bytes);
  }

  #readAtOnce({ username }: Account, kind: Kind): number {
    const { messages, bytes } = this.#memory.of(username)?.[kind] ?? NOTHING;
    const average = messages > 0 ? bytes / messages : 0;
    return Math.max(1, Math.min(READ_AT_ONCE, Math.floor(BYTES_AT_ONCE / Math.max(1, average))));
  }

  /**
   * Some of what is hidden from an account and was sent before `sentBefore` (ms since 1970) counts as read from now on, or it would
   * have to be kept for ever: nobody will read it. Returns, by sender's id, the number of the last of it; nothing when there is no more.
   */
  giveUpHidden(account: number, sentBefore: number, readAt: number): ReadonlyMap<number, number> {
    const inbox = this.#memory.byAccount(account);
    const last = new Map<number, number>();
    const rows = this.#sql.hidden.oldest.all(account) as unknown as (Pending & { sentAt: number })[];
    for (const { id, sender, bytes, sentAt } of rows) {
      if (sentAt >= sentBefore) continue;
      this.#sql.markOneRead.run(readAt, id);
      this.#count('hidden', account, sender, -1, -bytes);
      if (inbox) this.#memory.change(inbox.hidden, -1, -bytes);
      last.set(sender, id);
    }
    return last;
  }

  /**
   * An unread message in the indexes is changing its size by so many bytes, or with `gone` is not unread any more. False when the
   * inbox is too full for that.
   */
  resize(
    { to, sender, hidden }: { readonly to: string | null; readonly sender: number; readonly hidden: boolean },
    bytes: number,
    gone: boolean,
  ): boolean {
    const inbox = this.#memory.of(to!);
    if (!inbox) return true;
    if (bytes > 0 && !this.#hasRoom(inbox, hidden, 0, bytes)) return false;
    const messages = gone ? -1 : 0;
    this.#count(kindOf(hidden), inbox.account, sender, messages, bytes);
    this.#memory.change(inbox[kindOf(hidden)], messages, bytes);
    return true;
  }

  /** How many of an account's unread messages are not in the indexes yet; hidden ones are not counted. */
  pendingOf(account: number): number {
    return this.#pending.seen.of(account).length;
  }

  /** These messages, in order, are in the indexes now: counts what of them is unread. */
  indexed(rows: readonly PendingRow[]): void {
    const recipients = new Set<number>();
    for (const { recipient } of rows) if (recipient !== null) recipients.add(recipient);
    for (const recipient of recipients) {
      for (const kind of KINDS) {
        this.#countIndexed(kind, recipient, this.#pending[kind].take(recipient, this.#log.indexed));
      }
    }
  }

  #countIndexed(kind: Kind, recipient: number, messages: readonly Pending[]): void {
    if (messages.length === 0) return;
    const all = amountOf(messages);
    this.#sql[kind].count.run(all.messages, all.bytes, recipient);
    if (kind === 'hidden') return;
    const senders = new Map<number, number>();
    for (const { sender } of messages) senders.set(sender, (senders.get(sender) ?? 0) + 1);
    for (const [sender, count] of senders) this.#sql.countSender.run(count, recipient, sender);
  }

  /** Counts what is in the indexes. */
  #count(kind: Kind, account: number, sender: number, messages: number, bytes: number): void {
    this.#sql[kind].count.run(messages, bytes, account);
    if (kind === 'seen') this.#sql.countSender.run(messages, account, sender);
  }

  /** How many unread messages of some more senders there are. */
  unreadBySender(account: Account, { from, found }: UnreadSenders): Piece<UnreadSenders, UnreadSenders> {
    const pending = new Map<number, number>();
    for (const { sender } of this.#pending.seen.of(account.id)) {
      pending.set(sender, (pending.get(sender) ?? 0) + 1);
    }
    const page = this.#sql.correspondents.all(account.id, from) as unknown as {
      id: number;
      unread: number;
    }[];
    const more = page
      .map(({ id, unread }) => [id, unread + (pending.get(id) ?? 0)] as const)
      .filter(([, unread]) => unread > 0)
      .map(([id, unread]) => [String(this.#sql.username.get(id)!.username), unread] as const);
    const all = { from: page.at(-1)?.id ?? from, found: [...found, ...more] };
    return page.length === SENDERS_AT_ONCE ? { next: all } : { done: all };
  }

  /** Hides what `blocked` sends to the account from now on, or no longer. */
  block(account: Account, blocked: number, on: boolean): void {
    if (on) this.#sql.block.run(account.id, blocked);
    else this.#sql.unblock.run(account.id, blocked);
    this.#memory.forgetPair(account.username, blocked);
    this.#undo(() => this.#memory.forgetPair(account.username, blocked));
  }

  /** How many the account blocks. */
  blocksOf(account: Account): number {
    return Number(this.#sql.countBlocks.get(account.id)!.count);
  }

  /** Usernames, some more of them than in earlier pieces; in the end in alphabetical order. */
  blocks(
    account: Account,
    { from, found }: { readonly from: number; readonly found: readonly string[] },
  ): Piece<{ from: number; found: readonly string[] }, readonly string[]> {
    const page = this.#sql.blocks.all(account.id, from) as unknown as { id: number; username: string }[];
    const all = [...found, ...page.map(({ username }) => username)];
    return page.length === SENDERS_AT_ONCE
      ? { next: { from: page.at(-1)!.id, found: all } }
      : { done: all.sort() };
  }

  /** What is remembered of a user's inbox may not be so any more. */
  forget(username: string): void {
    this.#memory.forget(username);
    this.#undo(() => this.#memory.forget(username));
  }

  /** An account has another full name from now on. */
  rename(account: number, nama: string): void {
    this.#memory.rename(account, nama);
  }

  *#unread(account: Account, after: number): Generator<UnreadRow> {
    if (this.#indexedOf(account, 'seen') > 0) {
      yield* this.#sql.unread.iterate(account.id, after) as Iterable<unknown> as Iterable<UnreadRow>;
    }
    for (const pending of this.#pending.seen.of(account.id)) {
      if (pending.id > after) yield this.#sql.one.get(pending.id) as unknown as UnreadRow;
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
    const inbox = this.#memory.of(username);
    return inbox ? inbox[kind].messages - this.#pending[kind].of(id).length : Number.POSITIVE_INFINITY;
  }

  #hasRoom({ seen, hidden }: RememberedInbox, isHidden: boolean, messages: number, bytes: number): boolean {
    const beside = isHidden ? hidden : NOTHING;
    return (
      seen.messages + beside.messages + messages <= this.#limits.messages &&
      seen.bytes + beside.bytes + bytes <= this.#limits.bytes
    );
  }
}

/** An unread message. */
interface UnreadRow {
  readonly id: number;
  /** By id. */
  readonly sender: number;
  readonly text: string;
}

const NOTHING: Amount = { messages: 0, bytes: 0 };

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const ofKind = (kind: Kind) => {
    // Word for word as in the indexes.
    const unread = (account: string) =>
      `recipient = ${account} AND indexed AND ${kind === 'hidden' ? 'hidden' : 'NOT hidden'} AND read_at IS NULL`;
    const index = kind === 'hidden' ? 'message_hidden_unread' : 'message_unread';
    const column = kind === 'hidden' ? 'hidden_unread' : 'unread';
    const range = `${unread(':account')} AND id > :from AND id <= :to AND (:sender IS NULL OR sender = :sender)`;
    return {
      end: sql(`SELECT id FROM message INDEXED BY ${index} WHERE ${range} ORDER BY id LIMIT 1 OFFSET :skip`),
      amounts: sql(`SELECT sender, count(*) AS messages, sum(octet_length(text)) AS bytes, max(id) AS last
        FROM message INDEXED BY ${index} WHERE ${range} GROUP BY sender`),
      markRead: sql(`UPDATE message INDEXED BY ${index} SET read_at = :at WHERE ${range}`),
      oldest: sql(`SELECT id, sender, octet_length(text) AS bytes, sent_at AS sentAt FROM message
        WHERE ${unread('?')} ORDER BY id LIMIT ${GIVEN_UP_AT_ONCE}`),
      last: sql(`SELECT max(id) AS last FROM message WHERE ${unread('?')}`),
      count: sql(
        `UPDATE account SET ${column} = ${column} + ?, ${column}_bytes = ${column}_bytes + ? WHERE id = ?`,
      ),
    };
  };
  return {
    seen: ofKind('seen'),
    hidden: ofKind('hidden'),
    unread: sql(`SELECT id, sender, text FROM message
      WHERE recipient = ? AND indexed AND NOT hidden AND read_at IS NULL AND id > ? ORDER BY id`),
    one: sql('SELECT id, sender, text FROM message WHERE id = ?'),
    username: sql('SELECT username FROM account WHERE id = ?'),
    addCorrespondent: sql('INSERT INTO correspondent (recipient, sender, first_message) VALUES (?, ?, ?)'),
    correspondents: sql(`SELECT sender AS id, unread FROM correspondent WHERE recipient = ? AND sender > ?
      ORDER BY sender LIMIT ${SENDERS_AT_ONCE}`),
    countSender: sql('UPDATE correspondent SET unread = unread + ? WHERE recipient = ? AND sender = ?'),
    markOneRead: sql('UPDATE message SET read_at = ? WHERE id = ?'),
    block: sql('INSERT OR IGNORE INTO block VALUES (?, ?)'),
    unblock: sql('DELETE FROM block WHERE account = ? AND blocked = ?'),
    countBlocks: sql('SELECT count(*) AS count FROM block WHERE account = ?'),
    blocks: sql(`SELECT blocked AS id, username FROM block JOIN account ON account.id = blocked
      WHERE block.account = ? AND blocked > ? ORDER BY blocked LIMIT ${SENDERS_AT_ONCE}`),
  };
}
