import type { DatabaseSync } from 'node:sqlite';
import type { Kept, Message, Missed } from './conversations.ts';
import type { Piece } from './group-commit.ts';
import type { Group } from './group-memory.ts';
import {
  type MessageLog,
  type MessageRow,
  type PendingRow,
  SELECT_MESSAGE,
  toMessage,
  toRow,
} from './message-log.ts';
import { INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** What has been missed is read in pieces of so many, or of about so many UTF-16 units of text. */
const MISSED_AT_ONCE = 100;
const MISSED_UNITS = 32 * 1024;

/** So many numbers are read in one piece, and some more. */
const READ_AT_ONCE = 1000;

/** The number of something kept, and of the message that it is about. */
interface Found {
  readonly number: number;
  readonly id: number;
  readonly kind: 'message' | 'changed';
}

/**
 * Reads messages that have been sent, read or not. What is not in the indexes yet (see MessageLog) is found by looking at the last
 * rows of the table: some ten thousand at the most, a millisecond.
 */
export class History {
  readonly #sql;
  readonly #log: MessageLog;

  constructor(db: DatabaseSync, log: MessageLog) {
    this.#sql = prepare(db);
    this.#log = log;
  }

  /** What `me` and `other`, by id, have sent each other: the last ones with a number below `before`, oldest first. */
  between(me: number, other: number, before: number, limit: number): Message[] {
    const range = { me, other, before };
    const newest = this.#pending(
      ({ id, sender, recipient, hidden }) =>
        id < before &&
        ((sender === me && recipient === other) || (sender === other && recipient === me && !hidden)),
    );
    const sent = merge(this.#sql.sent.iterate(range), this.#sql.sentHidden.iterate(range));
    const received = me === other ? [] : this.#sql.received.iterate(range);
    return lastOf(limit, newest, merge(sent, received));
  }

  /** What was sent to a group behind `after`: the last ones with a number below `before`, oldest first. */
  inGroup({ id: group }: Group, after: number, before: number, limit: number): Message[] {
    const newest = this.#pending((row) => row.group === group && row.id > after && row.id < before);
    return lastOf(limit, newest, this.#sql.inGroup.iterate({ group, after, before }));
  }

  /** The last of the messages that are not in the indexes yet first. */
  *#pending(isMeant: (row: PendingRow) => boolean): Generator<object> {
    const { rows } = this.#log;
    for (let at = rows.length - 1; at >= 0; at--) {
      if (isMeant(rows[at]!)) yield this.#sql.one.get(rows[at]!.id)!;
    }
  }

  /** What has happened behind `after` for the account, and was not done by itself, the first of it: a piece of looking for that. */
  missed(account: number, after: number, state?: Missing): Piece<Missing, Missed> {
    const missing = this.#look(after, state ?? this.#begin(account, after));
    if (missing.groups.length > 0) return { next: missing };
    const found = missing.found.toSorted(byNumber).slice(0, MISSED_AT_ONCE);
    const kept: Kept[] = [];
    let units = 0;
    let upTo = after;
    for (const { number, id, kind } of found) {
      const row = this.#log.row(id);
      // It has been deleted for good since it was found.
      if (!row) continue;
      units += row.text.length + MESSAGE_UNITS;
      if (upTo > after && units > MISSED_UNITS) return { done: { kept, complete: false, upTo } };
      upTo = number;
      const shown = kind === 'message' ? asMessage(row) : asChange(row);
      const own = row.sender === account && row.recipient !== account;
      if (shown && !own) kept.push({ ...shown, id: number, message: toMessage(row) });
    }
    if (found.length === MISSED_AT_ONCE) return { done: { kept, complete: false, upTo } };
    // What has happened since the first piece has not been looked for.
    const complete = missing.upTo === this.#log.last;
    return { done: { kept, complete, upTo: Math.max(upTo, missing.upTo) } };
  }

  #begin(account: number, after: number): Missing {
    const groups = this.#sql.memberships.all(account) as unknown as Membership[];
    const { last, indexed, rows } = this.#log;
    const joined = new Map(groups.map(({ group, joinedAfter }) => [group, joinedAfter]));
    // Those that are not in the indexes yet may be when their group's turn comes.
    const pending = rows
      .filter(({ id, recipient, group, hidden }) => {
        if (id <= after || id > last) return false;
        return group === null ? recipient === account && !hidden : (joined.get(group) ?? last) < id;
      })
      .slice(0, MISSED_AT_ONCE);
    const found: Found[] = pending.map(({ id }) => ({ number: id, id, kind: 'message' }));
    const to = Math.min(indexed, last);
    const range = [account, after, to] as const;
    take(found, 'message', this.#sql.missedUnread.all(...range));
    take(found, 'message', this.#sql.missedRead.all(...range));
    take(found, 'changed', this.#sql.changesTo.all(account, after, last));
    return { upTo: last, indexed: to, found: firstOf(found), groups };
  }

  /** Looks into some more groups. */
  #look(after: number, { upTo, indexed, found: before, groups }: Missing): Missing {
    let found = [...before];
    let read = 0;
    let next = 0;
    for (; next < groups.length && read < READ_AT_ONCE; next++) {
      const { group, joinedAfter } = groups[next]!;
      const from = Math.max(after, joinedAfter);
      // What is beyond is not among the first: an account in many groups has missed something in each.
      const last = found.length < MISSED_AT_ONCE ? upTo : found.at(-1)!.number;
      const missed = this.#sql.missedInGroup.all(group, from, Math.min(last, indexed));
      const changes = this.#sql.changesInGroup.all(group, from, last, joinedAfter);
      read += missed.length + changes.length;
      take(found, 'message', missed);
      take(found, 'changed', changes);
      if (missed.length + changes.length > 0) found = firstOf(found);
    }
    return { upTo, indexed, found, groups: groups.slice(next) };
  }
}

/** The groups that an account is in. */
interface Membership {
  readonly group: number;
  readonly joinedAfter: number;
}

/** Looking for what was missed up to a number: the first of it that has been found, and the groups that are still to be looked into. */
export interface Missing {
  readonly upTo: number;
  /** Up to where the indexes tell; what comes behind has been found. */
  readonly indexed: number;
  readonly found: readonly Found[];
  readonly groups: readonly Membership[];
}

function take(found: Found[], kind: Found['kind'], rows: readonly object[]): void {
  for (const row of rows) found.push({ ...(row as Omit<Found, 'kind'>), kind });
}

/** In order; as many as are read at once mean that there may be others. */
const firstOf = (found: readonly Found[]): Found[] => found.toSorted(byNumber).slice(0, MISSED_AT_ONCE);

const byNumber = (a: Found, b: Found): number => a.number - b.number;

const asMessage = ({ deletedAt }: MessageRow): { kind: 'message' } | undefined =>
  deletedAt === null ? { kind: 'message' } : undefined;

const asChange = ({ deletedAt }: MessageRow): { kind: 'edited' | 'deleted' } => ({
  kind: deletedAt === null ? 'edited' : 'deleted',
});

/** The first `limit` of `newest` and then `older`, which are in falling order, in rising order; fewer when they are long. */
function lastOf(limit: number, newest: Iterable<object>, older: Iterable<object>): Message[] {
  const messages: Message[] = [];
  let units = 0;
  for (const rows of [newest, older]) {
    for (const row of rows) {
      const message = toMessage(toRow(row));
      units += message.text.length + MESSAGE_UNITS;
      if (messages.length === limit || (messages.length > 0 && units > INBOX_UNITS))
        return messages.reverse();
      messages.push(message);
    }
  }
  return messages.reverse();
}

/** Both in falling order of id, and so is the result. */
function* merge(a: Iterable<object>, b: Iterable<object>): Generator<object> {
  using left = Iterator.from(a) as IteratorObject<object> & Disposable;
  using right = Iterator.from(b) as IteratorObject<object> & Disposable;
  let [x, y] = [left.next(), right.next()];
  while (!x.done || !y.done) {
    const first = y.done || (!x.done && idOf(x.value) > idOf(y.value));
    if (first) {
      yield x.value as object;
      x = left.next();
    } else {
      yield y.value as object;
      y = right.next();
    }
  }
}

const idOf = (row: object): number => (row as { id: number }).id;

/** Read or not has to be said behind this: there is an index of either. */
const RECEIVED =
  'id AS number, id FROM message WHERE recipient = ? AND indexed AND NOT hidden AND id > ? AND id <= ?';

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const messages = (where: string) => sql(`${SELECT_MESSAGE} WHERE ${where} ORDER BY message.id DESC`);
  const numbers = (what: string) => sql(`SELECT ${what} LIMIT ${MISSED_AT_ONCE}`);
  return {
    sent: messages('recipient = :other AND sender = :me AND indexed AND NOT hidden AND message.id < :before'),
    sentHidden: messages(
      'recipient = :other AND sender = :me AND indexed AND hidden AND message.id < :before',
    ),
    received: messages(
      'recipient = :me AND sender = :other AND indexed AND NOT hidden AND message.id < :before',
    ),
    inGroup: messages('group_id = :group AND indexed AND message.id > :after AND message.id < :before'),
    one: sql(`${SELECT_MESSAGE} WHERE message.id = ?`),
    memberships: sql('SELECT group_id AS "group", joined_after AS joinedAfter FROM member WHERE account = ?'),
    missedUnread: numbers(`${RECEIVED} AND read_at IS NULL ORDER BY id`),
    missedRead: numbers(`${RECEIVED} AND read_at IS NOT NULL ORDER BY id`),
    missedInGroup: numbers(
      'id AS number, id FROM message WHERE group_id = ? AND indexed AND id > ? AND id <= ? ORDER BY id',
    ),
    changesTo: numbers(
      'number, message AS id FROM change WHERE recipient = ? AND number > ? AND number <= ? ORDER BY number',
    ),
    changesInGroup: numbers(
      'number, message AS id FROM change WHERE group_id = ? AND number > ? AND number <= ? AND message > ? ORDER BY number',
    ),
  };
}
