import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import { type Amount, amountOf, type PendingMessages } from './pending.ts';
import type { Account, Inbox } from './store.ts';

/** So many inboxes, senders and others who have written to them are remembered, together: about ten megabytes. */
const MOST_REMEMBERED = 100_000;
/** Who has written to an inbox is read so many at a time: about a millisecond. */
const SENDERS_AT_ONCE = 500;

/** Whether its owner sees a message. */
export type Kind = 'seen' | 'hidden';
export const KINDS: readonly Kind[] = ['seen', 'hidden'];
export const kindOf = (hidden: boolean): Kind => (hidden ? 'hidden' : 'seen');

type Sender = { -readonly [Key in keyof Inbox['senders'][number]]: string };
type Changing = { -readonly [Key in keyof Amount]: Amount[Key] };

/** What an inbox has to do with one who writes to it. */
interface Pair {
  readonly blocked: boolean;
  /** Whether there is a message from them that is or was seen. */
  readonly corresponds: boolean;
}

/** Who has written to an inbox, in the order of their first message once all are here. */
interface SenderList {
  /** By account id. */
  readonly senders: Map<number, Sender>;
  /** While not all are here: up to which id they are, and their first messages. */
  loading: { readonly upTo: number; readonly first: Map<number, number> } | undefined;
}

/** What is remembered of an inbox. */
export interface RememberedInbox {
  readonly username: string;
  readonly account: number;
  /** What is unread: what its owner sees, and what is hidden from them. */
  readonly seen: Changing;
  readonly hidden: Changing;
  /** By account id, of those whose messages have come lately. */
  readonly pairs: Map<number, Pair>;
  /** Undefined until somebody looks into it. */
  list: SenderList | undefined;
}

/**
 * What is kept in memory of the inboxes that were used last, beside the database: what a send has to know, and what each look
 * shows again. Nobody else writes to the database (see open.ts), so it stays right; each change says how it is undone.
 */
export class InboxMemory {
  readonly #sql;
  readonly #pending: Readonly<Record<Kind, PendingMessages>>;
  readonly #undo: Undo;
  /** By username. */
  readonly #inboxes = new Map<string, RememberedInbox>();
  /** How many senders and pairs there are in all of them. */
  #others = 0;

  constructor(db: DatabaseSync, pending: Readonly<Record<Kind, PendingMessages>>, undo: Undo) {
    this.#sql = prepare(db);
    this.#pending = pending;
    this.#undo = undo;
  }

  /** Undefined when there is no such account, or it was removed. */
  of(username: string): RememberedInbox | undefined {
    const known = this.#inboxes.get(username);
    if (known) return known;
    const found = this.#sql.inbox.get(username) as Record<string, number> | undefined;
    if (!found) return undefined;
    this.#makeRoom();
    const { account } = found as { account: number };
    const total = (kind: Kind, indexed: Amount): Amount => {
      const pending = amountOf(this.#pending[kind].of(account));
      return { messages: indexed.messages + pending.messages, bytes: indexed.bytes + pending.bytes };
    };
    const inbox: RememberedInbox = {
      username,
      account,
      seen: total('seen', { messages: found.unread!, bytes: found.unread_bytes! }),
      hidden: total('hidden', { messages: found.hidden_unread!, bytes: found.hidden_unread_bytes! }),
      pairs: new Map(),
      list: undefined,
    };
    this.#inboxes.set(username, inbox);
    // It may be of what this transaction has written.
    this.#undo(() => this.forget(username));
    return inbox;
  }

  /** By its owner's id. */
  byAccount(id: number): RememberedInbox | undefined {
    const found = this.#sql.username.get(id);
    return found && this.of(String(found.username));
  }

  change(amount: Changing, messages: number, bytes: number): void {
    amount.messages += messages;
    amount.bytes += bytes;
    this.#undo(() => {
      amount.messages -= messages;
      amount.bytes -= bytes;
    });
  }

  pairOf(inbox: RememberedInbox, sender: number): Pair {
    const known = inbox.pairs.get(sender);
    if (known) return known;
    const { account } = inbox;
    const { blocked, corresponds } = this.#sql.pair.get({ account, sender })!;
    const pair = { blocked: blocked !== 0, corresponds: corresponds !== 0 };
    inbox.pairs.set(sender, pair);
    this.#others++;
    this.#undo(() => this.forgetPair(inbox.username, sender));
    return pair;
  }

  forgetPair(username: string, sender: number): void {
    if (this.#inboxes.get(username)?.pairs.delete(sender)) this.#others--;
  }

  /** Somebody has written to the inbox for the first time. */
  addSender(inbox: RememberedInbox, { id, username, nama }: Account, message: number): void {
    this.forgetPair(inbox.username, id);
    const { list } = inbox;
    // Whom the next page will bring is not here yet.
    if (!list || (list.loading && list.loading.upTo < id)) return;
    list.senders.set(id, { username, nama });
    list.loading?.first.set(id, message);
    this.#others++;
    this.#undo(() => this.forget(inbox.username));
  }

  /** Remembers some more of those who have written to an inbox; false when all are here. */
  loadSenders(inbox: RememberedInbox): boolean {
    inbox.list ??= { senders: new Map(), loading: { upTo: 0, first: new Map() } };
    const { list } = inbox;
    if (!list.loading) return false;
    const { upTo, first } = list.loading;
    const page = this.#sql.senders.all(inbox.account, upTo) as unknown as (Sender & {
      id: number;
      first: number;
    })[];
    for (const { id, username, nama, first: message } of page) {
      list.senders.set(id, { username, nama });
      first.set(id, message);
    }
    this.#others += page.length;
    this.#undo(() => this.forget(inbox.username));
    if (page.length > 0) list.loading = { upTo: page.at(-1)!.id, first };
    if (page.length === SENDERS_AT_ONCE) return true;
    const inOrder = [...first].sort(([, a], [, b]) => a - b);
    const senders = new Map(inOrder.map(([id]) => [id, list.senders.get(id)!]));
    inbox.list = { senders, loading: undefined };
    // To put thousands in order is enough for one piece.
    return senders.size > SENDERS_AT_ONCE;
  }

  /** What is remembered of a user's inbox may not be so any more. */
  forget(username: string): void {
    const inbox = this.#inboxes.get(username);
    this.#others -= (inbox?.list?.senders.size ?? 0) + (inbox?.pairs.size ?? 0);
    this.#inboxes.delete(username);
  }

  /** An account has another full name from now on. */
  rename(account: number, nama: string): void {
    for (const { list } of this.#inboxes.values()) {
      const sender = list?.senders.get(account);
      if (!sender) continue;
      const before = sender.nama;
      sender.nama = nama;
      this.#undo(() => {
        sender.nama = before;
      });
    }
  }

  /** Forgets the inboxes that have been remembered for longest, if there are too many. */
  #makeRoom(): void {
    for (const username of this.#inboxes.keys()) {
      if (this.#others + this.#inboxes.size <= MOST_REMEMBERED) return;
      this.forget(username);
    }
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    inbox: sql(`SELECT id AS account, unread, unread_bytes, hidden_unread, hidden_unread_bytes FROM account
      WHERE username = ? AND state <> 'removed'`),
    username: sql('SELECT username FROM account WHERE id = ?'),
    pair: sql(`SELECT EXISTS (SELECT 1 FROM block WHERE account = :account AND blocked = :sender) AS blocked,
      EXISTS (SELECT 1 FROM correspondent WHERE recipient = :account AND sender = :sender) AS corresponds`),
    senders: sql(`SELECT sender AS id, username, nama, first_message AS first FROM correspondent
      JOIN account ON account.id = sender WHERE recipient = ? AND sender > ? ORDER BY sender LIMIT ${SENDERS_AT_ONCE}`),
  };
}
