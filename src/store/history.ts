import type { DatabaseSync } from 'node:sqlite';
import type { Kept, Message, Missed } from './conversations.ts';
import type { Group } from './groups.ts';
import { type MessageLog, type MessageRow, SELECT_MESSAGE, toMessage, toRow } from './message-log.ts';
import { INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** What has been missed is read in pieces of so many, or of about so many UTF-16 units of text. */
const MISSED_AT_ONCE = 200;
const MISSED_UNITS = 64 * 1024;

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
    const { indexed } = this.#log;
    const range = { me, other, before };
    const newest = this.#sql.pendingBetween.iterate({ ...range, indexed });
    const sent = merge(this.#sql.sent.iterate(range), this.#sql.sentHidden.iterate(range));
    const received = me === other ? [] : this.#sql.received.iterate(range);
    return lastOf(limit, newest, merge(sent, received));
  }

  /** What was sent to a group behind `after`: the last ones with a number below `before`, oldest first. */
  inGroup({ id }: Group, after: number, before: number, limit: number): Message[] {
    const { indexed } = this.#log;
    const range = { group: id, after, before };
    const newest = this.#sql.pendingInGroup.iterate({ ...range, after: Math.max(after, indexed) });
    return lastOf(limit, newest, this.#sql.inGroup.iterate(range));
  }

  /** What has happened behind `after` for the account, and was not done by itself: the first of it. */
  missed(account: number, after: number): Missed {
    const found = this.#missedNumbers(account, after);
    const kept: Kept[] = [];
    let units = 0;
    let upTo = after;
    for (const { number, id, kind } of found) {
      const row = this.#log.row(id)!;
      units += row.text.length + MESSAGE_UNITS;
      if (upTo > after && units > MISSED_UNITS) return { kept, complete: false, upTo };
      upTo = number;
      const shown = kind === 'message' ? asMessage(row) : asChange(row);
      const own = row.sender === account && row.recipient !== account;
      if (shown && !own) kept.push({ ...shown, id: number, message: toMessage(row) });
    }
    const complete = found.length < MISSED_AT_ONCE;
    return { kept, complete, upTo: complete ? Math.max(upTo, this.#log.last) : upTo };
  }

  /** The first of them, in order; as many as are read at once mean that there may be others. */
  #missedNumbers(account: number, after: number): Found[] {
    let found: Found[] = [];
    // What is beyond is not among the first: an account in many groups has missed something in each.
    let last = Number.MAX_SAFE_INTEGER;
    const take = (kind: Found['kind'], rows: readonly object[]): void => {
      if (rows.length === 0) return;
      for (const row of rows) found.push({ ...(row as Omit<Found, 'kind'>), kind });
      if (found.length < MISSED_AT_ONCE) return;
      found = found.sort(byNumber).slice(0, MISSED_AT_ONCE);
      last = found.at(-1)!.number;
    };
    take('message', this.#sql.missedUnread.all(account, after, last));
    take('message', this.#sql.missedRead.all(account, after, last));
    take('changed', this.#sql.changesTo.all(account, after, last));
    for (const { group_id, joined_after } of this.#sql.memberships.all(account)) {
      const from = Math.max(after, Number(joined_after));
      take('message', this.#sql.missedInGroup.all(group_id!, from, last));
      take('changed', this.#sql.changesInGroup.all(group_id!, from, last, Number(joined_after)));
    }
    const behind = Math.max(after, this.#log.indexed);
    if (behind < last) take('message', this.#sql.missedPending.all({ account, after: behind, last }));
    return found.sort(byNumber);
  }
}

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
    pendingBetween: messages(`message.id > :indexed AND message.id < :before AND
      ((recipient = :other AND sender = :me) OR (recipient = :me AND sender = :other AND NOT hidden))`),
    inGroup: messages('group_id = :group AND indexed AND message.id > :after AND message.id < :before'),
    pendingInGroup: messages('message.id > :after AND message.id < :before AND group_id = :group'),
    memberships: sql('SELECT group_id, joined_after FROM member WHERE account = ?'),
    missedUnread: numbers(`${RECEIVED} AND read_at IS NULL ORDER BY id`),
    missedRead: numbers(`${RECEIVED} AND read_at IS NOT NULL ORDER BY id`),
    missedInGroup: numbers(
      'id AS number, id FROM message WHERE group_id = ? AND indexed AND id > ? AND id <= ? ORDER BY id',
    ),
    missedPending:
      numbers(`message.id AS number, message.id FROM message WHERE message.id > :after AND message.id <= :last AND ((recipient = :account AND NOT hidden)
      OR group_id IN (SELECT group_id FROM member WHERE account = :account AND joined_after < message.id))
      ORDER BY message.id`),
    changesTo: numbers(
      'number, message AS id FROM change WHERE recipient = ? AND number > ? AND number <= ? ORDER BY number',
    ),
    changesInGroup: numbers(
      'number, message AS id FROM change WHERE group_id = ? AND number > ? AND number <= ? AND message > ? ORDER BY number',
    ),
  };
}
