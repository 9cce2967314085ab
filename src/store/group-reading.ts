import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { MessageLog, PendingRow } from './message-log.ts';
import { type Amount, amountOf } from './pending.ts';
import type { InboxLimits } from './store.ts';

/** Few enough and small enough for about a millisecond: everybody else waits meanwhile. */
const MESSAGES_AT_ONCE = 200;
const BYTES_AT_ONCE = 256 * 1024;
/** Of groups that an account has left so many are remembered, the last ones. */
const MOST_LEFT = 200;

interface Unread {
  readonly id: number;
  readonly sender: number;
  readonly bytes: number;
  readonly readAt: number | null;
}

/** Who has read least of a group. */
interface Slowest {
  readonly account: number;
  readonly readUpTo: number;
}

const NOTHING: Amount = { messages: 0, bytes: 0 };

/**
 * Which messages to groups all have read, and how much each sender has sent that not all have. A message has been read by all when every
 * other member who can log in and was in the group when it was sent has; that is found some time later, and noted in the message
 * (`read_at`, which nobody is shown). Each method is a step of a transaction, see GroupCommit.
 *
 * What not all have read is limited for its sender, over all groups, as an inbox is: so nobody fills the disk, and nobody a group for
 * others. What all have read can be deleted when it is old.
 */
export class GroupReading {
  readonly #sql;
  readonly #log: MessageLog;
  readonly #limits: InboxLimits;
  readonly #undo: Undo;
  /** By sender, what is not in the indexes yet (see MessageLog) and so not counted in the database. */
  readonly #pending = new Map<number, Amount>();
  /** By account, the groups that it has left lately with something unread there or elsewhere. After a start they are the cleaner's. */
  readonly #left = new Map<number, ReadonlySet<number>>();
  /** By group: of this member's own messages, all up to this number are noted. Others have read them long before it reads anything. */
  readonly #own = new Map<number, { readonly account: number; readonly upTo: number }>();

  constructor(db: DatabaseSync, log: MessageLog, limits: InboxLimits, undo: Undo) {
    this.#sql = prepare(db);
    this.#log = log;
    this.#limits = limits;
    this.#undo = undo;
    for (const [sender, { messages, bytes }] of bySender(log.rows)) this.#addPending(sender, messages, bytes);
  }

  /** Whether the sender may send so much more to groups. */
  hasRoom(sender: number, messages: number, bytes: number): boolean {
    const unread = this.#unreadOf(sender);
    return unread.messages + messages <= this.#limits.messages && unread.bytes + bytes <= this.#limits.bytes;
  }

  #unreadOf(sender: number): Amount {
    const indexed = this.#sql.amount.get(sender) as unknown as Amount;
    const pending = this.#pending.get(sender) ?? NOTHING;
    return {
      messages: indexed.messages + pending.messages,
      bytes: indexed.bytes + pending.bytes,
    };
  }

  /** A message was sent to a group. */
  sent(sender: number, bytes: number): void {
    this.#addPending(sender, 1, bytes);
  }

  /** These messages are in the indexes now. */
  indexed(rows: readonly PendingRow[]): void {
    for (const [sender, { messages, bytes }] of bySender(rows)) {
      this.#addPending(sender, -messages, -bytes);
      this.count(sender, messages, bytes);
    }
  }

  /** Of what the sender has sent to groups, what is in the indexes and not read by all becomes so much more. */
  count(sender: number, messages: number, bytes: number): void {
    this.#sql.count.run(messages, bytes, sender);
  }

  /** Groups in which this account may have sent something that not all have read. */
  groupsOf(account: number): number[] {
    const member = this.#sql.groupsOf.all(account).map(({ id }) => Number(id));
    return [...new Set([...member, ...(this.#left.get(account) ?? [])])];
  }

  /** The account has left a group, which has perhaps ended. */
  left(account: number, group: number): void {
    const before = this.#left.get(account);
    const groups = this.#unreadOf(account).messages > 0 ? [...(before ?? []), group] : [];
    this.#left.set(account, new Set(groups.slice(-MOST_LEFT)));
    if (groups.length === 0) this.#left.delete(account);
    this.#undo(() => {
      if (before) this.#left.set(account, before);
      else this.#left.delete(account);
    });
  }

  /** The group that comes behind `after` by id; undefined when there is none. */
  next(after: number): number | undefined {
    return this.#sql.next.get(after)?.id as number | undefined;
  }

  /** Whether there is nothing to note of a group. */
  isNoted(group: number): boolean {
    return this.#toNote(group) === undefined;
  }

  /**
   * Notes at `now` (ms since 1970) of some more messages of a group that all have read them; they must be in the indexes. Returns at how
   * many it has looked; 0 when there are no more.
   */
  note(group: number, now: number): number {
    const next = this.#toNote(group);
    if (!next) return 0;
    const { messages, only } = next;
    const last = messages.at(-1)!.id;
    for (const { id, sender, bytes, readAt } of messages) {
      if (readAt !== null || (only !== undefined && sender !== only)) continue;
      this.#sql.note.run(now, id);
      this.count(sender, -1, -bytes);
    }
    if (only === undefined) this.#sql.setNotedUpTo.run(last, group);
    else {
      this.#own.set(group, { account: only, upTo: last });
      this.#undo(() => this.#own.delete(group));
    }
    return messages.length;
  }

  /** The next messages of a group that all have read, or with `only` those of them that this account has sent. */
  #toNote(group: number): { messages: Unread[]; only?: number } | undefined {
    const { indexed } = this.#log;
    const { state, noted } = this.#sql.notedUpTo.get(group)!;
    const from = Number(noted);
    if (state !== 'live') {
      // Nobody has to read anything there.
      const messages = this.#some(group, from, indexed);
      return messages.length > 0 ? { messages } : undefined;
    }
    const [slowest, second] = this.#sql.slowest.all(group) as unknown as Slowest[];
    if (!slowest) return undefined;
    const all = Math.min(slowest.readUpTo, indexed);
    const messages = this.#some(group, from, all);
    if (messages.length > 0) return { messages };
    // Behind that, what the slowest one itself has sent.
    const before = this.#own.get(group);
    const own = Math.max(all, before?.account === slowest.account ? before.upTo : 0);
    const others = this.#some(group, own, Math.min(second?.readUpTo ?? indexed, indexed));
    return others.length > 0 ? { messages: others, only: slowest.account } : undefined;
  }

  #some(group: number, after: number, upTo: number): Unread[] {
    const some: Unread[] = [];
    if (upTo <= after) return some;
    let bytes = 0;
    for (const row of this.#sql.messages.iterate(group, after, upTo)) {
      some.push(row as unknown as Unread);
      bytes += some.at(-1)!.bytes;
      if (some.length === MESSAGES_AT_ONCE || bytes >= BYTES_AT_ONCE) break;
    }
    return some;
  }

  #addPending(sender: number, messages: number, bytes: number): void {
    const before = this.#pending.get(sender) ?? NOTHING;
    const amount = { messages: before.messages + messages, bytes: before.bytes + bytes };
    if (amount.messages === 0) this.#pending.delete(sender);
    else this.#pending.set(sender, amount);
    this.#undo(() => {
      if (before === NOTHING) this.#pending.delete(sender);
      else this.#pending.set(sender, before);
    });
  }
}

/** How much was sent to groups. */
function bySender(rows: readonly PendingRow[]): ReadonlyMap<number, Amount> {
  const toGroups = rows.filter(({ group }) => group !== null);
  const senders = Map.groupBy(toGroups, ({ sender }) => sender);
  return new Map([...senders].map(([sender, messages]) => [sender, amountOf(messages)]));
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    amount: sql('SELECT sent_unread AS messages, sent_unread_bytes AS bytes FROM account WHERE id = ?'),
    count: sql(`UPDATE account SET sent_unread = sent_unread + ?, sent_unread_bytes = sent_unread_bytes + ?
      WHERE id = ?`),
    groupsOf: sql('SELECT group_id AS id FROM member WHERE account = ?'),
    next: sql(`SELECT id FROM groups WHERE id > ? AND state = 'live' ORDER BY id LIMIT 1`),
    slowest: sql(`SELECT account, read_up_to AS readUpTo FROM member WHERE group_id = ?
      AND account NOT IN (SELECT id FROM account WHERE state = 'disabled') ORDER BY read_up_to LIMIT 2`),
    notedUpTo: sql('SELECT state, read_by_all AS noted FROM groups WHERE id = ?'),
    setNotedUpTo: sql('UPDATE groups SET read_by_all = ? WHERE id = ?'),
    messages: sql(`SELECT id, sender, octet_length(text) AS bytes, read_at AS readAt FROM message
      WHERE group_id = ? AND indexed AND id > ? AND id <= ? ORDER BY id`),
    note: sql('UPDATE message SET read_at = ? WHERE id = ?'),
  };
}
