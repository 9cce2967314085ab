import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import { MessageNumbers } from './message-numbers.ts';
import { type Amount, PendingMessages } from './pending.ts';
import {
  type Account,
  INBOX_UNITS,
  type Inbox,
  type InboxLimits,
  MESSAGE_UNITS,
  type NewMessage,
  type StoredMessage,
} from './store.ts';

/** So many inboxes and senders are remembered, together: about ten megabytes. */
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
}

/**
 * The messages in an open database. What changes something is a step of a transaction (see GroupCommit), and what is kept in memory
 * beside the database is put back when that is undone.
 *
 * A message is stored by appending a row to the table: one page for each transaction, however many inboxes its messages go to. An
 * index by recipient would take a page for each inbox. So messages enter the indexes later, many at a time (`index`), and
 * until then are pending: known in memory. In the table they come behind all that are indexed.
 *
 * Whatever a send has to know is remembered. Nobody else writes to the database (see open.ts), so it stays right.
 */
export class InboxTable {
  readonly #sql;
  readonly #limits: InboxLimits;
  readonly #undo: Undo;
  readonly #pending: PendingMessages;
  /** By username. */
  readonly #remembered = new Map<string, Remembered>();
  #senders = 0;
  readonly #numbers: MessageNumbers;
  /** All messages up to this number are in the indexes. */
  #indexed: number;

  constructor(db: DatabaseSync, limits: InboxLimits, undo: Undo) {
    this.#sql = prepare(db);
    this.#limits = limits;
    this.#undo = undo;
    this.#pending = new PendingMessages(undo);
    this.#numbers = new MessageNumbers(db, undo);
    this.#indexed = this.#numbers.last;
    this.#findPending();
  }

  /** Returns the message's id, or why it was not stored; and the recipient's, if there is one. */
  add({ sender, recipient, text, sentAt }: NewMessage): {
    readonly stored: number | 'no such recipient' | 'inbox is full';
    readonly to: number | undefined;
  } {
    const inbox = this.#of(recipient);
    if (!inbox) return { stored: 'no such recipient', to: undefined };
    const to = inbox.account;
    const { messages, bytes } = this.#limits;
    const size = Buffer.byteLength(text);
    if (inbox.unread >= messages || inbox.bytes + size > bytes) return { stored: 'inbox is full', to };
    const id = this.#numbers.next();
    this.#sql.add.run(id, sender.id, to, text, sentAt);
    this.#addSender(inbox, sender, id);
    this.#pending.add(to, id, size);
    this.#change(inbox, 1, size);
    return { stored: id, to };
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
    return { senders: [...(inbox?.senders.values() ?? [])], messages };
  }

  markRead(account: Account, upTo: number, readAt: number): void {
    const inbox = this.#of(account.username);
    const indexed = this.#indexedOf(account);
    const pending = this.#pending.take(account.id, upTo);
    for (const id of pending.ids) this.#sql.markOneRead.run(readAt, id);
    if (inbox) this.#change(inbox, -pending.ids.length, -pending.bytes);
    if (indexed === 0) return;
    const { messages, bytes } = this.#amount(account.id, upTo);
    this.#sql.markRead.run(readAt, account.id, upTo);
    if (inbox) this.#change(inbox, -messages, -bytes);
  }

  /** How many messages are pending, the read ones among them. */
  get pending(): number {
    return this.#numbers.last - this.#indexed;
  }

  /** How many of an inbox' unread messages are. */
  pendingOf(account: number): number {
    return this.#pending.of(account).length;
  }

  get lastNumber(): number {
    return this.#numbers.last;
  }

  /** Brings at most `count` pending messages up to the number `upTo` into the indexes; false when there were none. */
  index(count: number, upTo: number): boolean {
    const before = this.#indexed;
    const until = Math.min(before + count, upTo);
    if (until <= before) return false;
    this.#sql.index.run(before, until);
    this.#pending.takeAll(until);
    this.#indexed = until;
    this.#undo(() => {
      this.#indexed = before;
    });
    return true;
  }

  /** What is remembered of a user's inbox may not be so any more. */
  forget(username: string): void {
    this.#senders -= this.#remembered.get(username)?.senders.size ?? 0;
    this.#remembered.delete(username);
  }

  *#unread({ id, username }: Account, after: number): Generator<StoredMessage> {
    if (this.#indexedOf({ id, username }) > 0) {
      yield* this.#sql.unread.iterate(id, after) as Iterable<unknown> as Iterable<StoredMessage>;
    }
    for (const pending of this.#pending.of(id)) {
      if (pending > after) yield this.#sql.one.get(pending) as unknown as StoredMessage;
    }
  }

  /** How many of an inbox' unread messages are in the indexes. */
  #indexedOf({ id, username }: Pick<Account, 'id' | 'username'>): number {
    const inbox = this.#of(username);
    return inbox ? inbox.unread - this.pendingOf(id) : Number.POSITIVE_INFINITY;
  }

  /** Those of an inbox' unread messages that are in the indexes, up to a number. Counts them one by one. */
  #amount(account: number, upTo: number): Amount {
    return this.#sql.amount.get(account, upTo) as unknown as Amount;
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
    const [indexed, pending] = [
      this.#amount(account, Number.MAX_SAFE_INTEGER),
      this.#pending.amount(account),
    ];
    const inbox = {
      username,
      account,
      unread: indexed.messages + pending.messages,
      bytes: indexed.bytes + pending.bytes,
      senders,
    };
    this.#remembered.set(username, inbox);
    this.#senders += senders.size;
    // It may be of what this transaction has written.
    this.#undo(() => this.forget(username));
    return inbox;
  }

  /** Forgets the inboxes that have been remembered for longest, if there are too many. */
  #makeRoom(): void {
    for (const username of this.#remembered.keys()) {
      if (this.#senders + this.#remembered.size <= MOST_REMEMBERED) return;
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
    this.#senders++;
    this.#undo(() => {
      inbox.senders.delete(id);
      if (this.#remembered.get(inbox.username) === inbox) this.#senders--;
    });
  }

  #findPending(): void {
    const found: { id: number; recipient: number; bytes: number; read: number }[] = [];
    for (const row of this.#sql.newestFirst.iterate()) {
      if (row.indexed) break;
      found.push(row as unknown as (typeof found)[number]);
    }
    for (const { id, recipient, bytes, read } of found.reverse()) {
      this.#indexed = Math.min(this.#indexed, id - 1);
      if (!read) this.#pending.add(recipient, id, bytes);
    }
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    recipient: sql(`SELECT id FROM account WHERE username = ? AND state <> 'removed'`),
    correspondents:
      sql(`SELECT sender AS id, username, nama FROM correspondent JOIN account ON account.id = sender
      WHERE recipient = ? ORDER BY first_message`),
    amount: sql(`SELECT count(*) AS messages, coalesce(sum(octet_length(text)), 0) AS bytes FROM message
      WHERE recipient = ? AND indexed AND read_at IS NULL AND id <= ?`),
    add: sql('INSERT INTO message (id, sender, recipient, text, sent_at, indexed) VALUES (?, ?, ?, ?, ?, 0)'),
    addCorrespondent: sql('INSERT INTO correspondent VALUES (?, ?, ?)'),
    unread: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE recipient = ? AND indexed AND read_at IS NULL AND message.id > ? ORDER BY message.id`),
    one: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE message.id = ?`),
    markRead: sql(`UPDATE message SET read_at = ?
      WHERE recipient = ? AND indexed AND read_at IS NULL AND id <= ?`),
    markOneRead: sql('UPDATE message SET read_at = ? WHERE id = ?'),
    index: sql('UPDATE message SET indexed = 1 WHERE id > ? AND id <= ?'),
    newestFirst: sql(`SELECT id, recipient, octet_length(text) AS bytes, read_at IS NOT NULL AS read, indexed
      FROM message ORDER BY id DESC`),
  };
}
