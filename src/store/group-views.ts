import type { DatabaseSync } from 'node:sqlite';
import { type ConversationEntry, FEW_COUNTED, MOST_COUNTED, MOST_COUNTED_TOGETHER } from './conversations.ts';
import type { Piece } from './group-commit.ts';
import type { MessageLog } from './message-log.ts';
import { INBOX_MESSAGES, INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** So many messages are looked at in one piece, in an index: less than a millisecond. */
const LOOKED_AT_ONCE = 5000;
/** What a group costs by itself, in messages looked at. */
const LOOKED_FOR_A_GROUP = 10;
/** So many members are read in one piece. */
const MEMBERS_AT_ONCE = 500;

export interface GroupMessage {
  readonly id: number;
  readonly sender: string;
  readonly nama: string;
  readonly text: string;
}

/** What a member has not read, behind the number `from`. */
export interface Look {
  readonly from: number;
  readonly messages: readonly GroupMessage[];
  /** Up to where a long stretch of messages is only the member's own; 0 when there is no such stretch before `messages`. */
  readonly ownUpTo: number;
}

/** A group of an account's, and how far it has been read. */
interface Place {
  readonly id: number;
  readonly name: string;
  readonly members: number;
  readonly readUpTo: number;
}

/** The groups that are counted, and those that are still to be: of the first one so much has been found up to `readUpTo`. */
export interface Counting {
  readonly entries: readonly ConversationEntry[];
  readonly counted: number;
  readonly places: readonly Place[];
  readonly found: number;
}

/** Of a message to a group: up to the member `from`, how many others it went to and can log in, and how many have it or have read it. */
export interface Receipts {
  readonly from: number;
  readonly members: number;
  readonly delivered: number;
  readonly read: number;
}

export const NO_RECEIPTS: Receipts = { from: 0, members: 0, delivered: 0, read: 0 };

/** Someone in a group. */
export interface Member {
  readonly username: string;
  readonly nama: string;
  readonly negara: string;
}

/** Members up to the id `from`. */
export interface MembersSoFar {
  readonly from: number;
  readonly found: readonly Member[];
}

/**
 * Reads what members of groups have not read, and who they are: in pieces, for a group may be large, and most of what was sent to it
 * may be the reader's own. Each method is a piece of an operation, see GroupCommit.
 */
export class GroupViews {
  readonly #sql;
  readonly #log: MessageLog;

  constructor(db: DatabaseSync, log: MessageLog) {
    this.#sql = prepare(db);
    this.#log = log;
  }

  /** Up to where a member has read; the end when there is no such member. */
  position(group: number, account: number): number {
    return Number(this.#sql.position.get(group, account)?.read_up_to ?? this.#log.last);
  }

  /** What a member has not read and others have sent, behind what earlier pieces have found; a lot of it is cut as an inbox is. */
  unread(group: number, me: number, { from, messages, ownUpTo }: Look): Piece<Look, Look> {
    const to = this.#end(group, from, LOOKED_AT_ONCE);
    const found = [...messages];
    let units = found.reduce((sum, message) => sum + unitsOf(message), 0);
    for (const message of this.#behind(group, me, from, to)) {
      units += unitsOf(message);
      if (found.length === INBOX_MESSAGES || (found.length > 0 && units > INBOX_UNITS)) {
        return { done: { from, messages: found, ownUpTo } };
      }
      found.push(message);
    }
    if (to === undefined) return { done: { from, messages: found, ownUpTo } };
    return { next: { from: to, messages: found, ownUpTo: found.length === 0 ? to : ownUpTo } };
  }

  *#behind(group: number, me: number, from: number, to: number | undefined): Generator<GroupMessage> {
    const range = { group, me, from, to: to ?? Number.MAX_SAFE_INTEGER };
    yield* this.#sql.unread.iterate(range) as Iterable<unknown> as Iterable<GroupMessage>;
    if (to !== undefined) return;
    for (const row of this.#log.rows) {
      if (row.group !== group || row.sender === me || row.id <= from) continue;
      yield this.#sql.one.get(row.id) as unknown as GroupMessage;
    }
  }

  /** The account's groups, by name, of which nothing has been counted. */
  places(account: number): Counting {
    const places = this.#sql.places.all(account) as unknown as Place[];
    return { entries: [], counted: 0, places, found: 0 };
  }

  /** Counts what is unread in some more groups. */
  count(me: number, counting: Counting): Piece<Counting, readonly ConversationEntry[]> {
    const pending = Map.groupBy(this.#log.rows, ({ group }) => group);
    let { entries, counted, places, found } = counting;
    for (let looked = 0; looked < LOOKED_AT_ONCE; ) {
      const [place, ...others] = places;
      if (!place) return { done: entries };
      const limit = counted < MOST_COUNTED_TOGETHER ? MOST_COUNTED : FEW_COUNTED;
      const to = this.#end(place.id, place.readUpTo, limit);
      const range = { group: place.id, me, from: place.readUpTo, to: to ?? Number.MAX_SAFE_INTEGER };
      const look = this.#sql.countUnread.get(range) as { looked: number; unread: number };
      found += look.unread;
      looked += look.looked + LOOKED_FOR_A_GROUP;
      if (to !== undefined && found < limit) {
        places = [{ ...place, readUpTo: to }, ...others];
        continue;
      }
      const later = (pending.get(place.id) ?? []).filter(
        ({ id, sender }) => id > place.readUpTo && sender !== me,
      );
      const unread = Math.min(limit, found + later.length);
      entries = [...entries, { with: `#${place.name}`, unread, members: place.members }];
      counted += unread;
      places = others;
      found = 0;
    }
    return { next: { entries, counted, places, found } };
  }

  /** Who of some more members, but for the sender, has a message or has read it. */
  receipts(group: number, message: number, sender: number, before: Receipts): Piece<Receipts, Receipts> {
    const { from } = before;
    const { looked, last, ...more } = this.#sql.receipts.get({
      group,
      message,
      sender,
      from,
    }) as unknown as Receipts & {
      looked: number;
      last: number;
    };
    const sum: Receipts = {
      from: last,
      members: before.members + more.members,
      delivered: before.delivered + more.delivered,
      read: before.read + more.read,
    };
    return looked === MEMBERS_AT_ONCE ? { next: sum } : { done: sum };
  }

  /** Some more members, those whose usernames come behind `after`. */
  members(
    group: number,
    after: string,
    { from, found }: MembersSoFar,
  ): Piece<MembersSoFar, readonly Member[]> {
    const rows = this.#sql.members.all(group, from) as unknown as (Member & { id: number })[];
    const behind = rows.filter(({ username }) => username > after);
    const all = [...found, ...behind.map(({ id: _, ...member }) => member)];
    if (rows.length === MEMBERS_AT_ONCE) return { next: { from: rows.at(-1)!.id, found: all } };
    return { done: all.sort((a, b) => (a.username < b.username ? -1 : 1)) };
  }

  /** The number of the `count`th message behind `from` that is not deleted and in the indexes; undefined when there are fewer. */
  #end(group: number, from: number, count: number): number | undefined {
    return this.#sql.end.get(group, from, count - 1)?.id as number | undefined;
  }
}

const unitsOf = ({ text, nama }: GroupMessage): number => text.length + nama.length + MESSAGE_UNITS;

/** Word for word as in the index. */
const LIVE = 'indexed AND deleted_at IS NULL';
const SELECT = 'SELECT message.id, username AS sender, nama, text FROM message';

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const RANGE = `group_id = :group AND ${LIVE} AND message.id > :from AND message.id <= :to`;
  return {
    position: sql('SELECT read_up_to FROM member WHERE group_id = ? AND account = ?'),
    end: sql(`SELECT id FROM message INDEXED BY message_group_live
      WHERE group_id = ? AND ${LIVE} AND id > ? ORDER BY id LIMIT 1 OFFSET ?`),
    unread: sql(`${SELECT} INDEXED BY message_group_live JOIN account ON account.id = sender
      WHERE ${RANGE} AND sender <> :me ORDER BY message.id`),
    one: sql(`${SELECT} JOIN account ON account.id = sender WHERE message.id = ?`),
    places: sql(`SELECT groups.id, name, members, read_up_to AS readUpTo
      FROM member JOIN groups ON groups.id = group_id WHERE account = ? ORDER BY name`),
    countUnread: sql(`SELECT count(*) AS looked, coalesce(sum(sender <> :me), 0) AS unread
      FROM message INDEXED BY message_group_live WHERE ${RANGE}`),
    receipts: sql(`SELECT count(*) AS looked, coalesce(max(id), 0) AS last,
      coalesce(sum(counts), 0) AS members,
      coalesce(sum(counts AND (delivered >= :message OR read_up_to >= :message)), 0) AS delivered,
      coalesce(sum(counts AND read_up_to >= :message), 0) AS read
      FROM (SELECT account.id, delivered, read_up_to,
        account.id <> :sender AND joined_after < :message AND state = 'enabled' AS counts
        FROM member JOIN account ON account.id = account
        WHERE group_id = :group AND account > :from ORDER BY account LIMIT ${MEMBERS_AT_ONCE})`),
    members: sql(`SELECT account.id, username, nama, negara FROM member JOIN account ON account.id = account
      WHERE group_id = ? AND account > ? ORDER BY account LIMIT ${MEMBERS_AT_ONCE}`),
  };
}
