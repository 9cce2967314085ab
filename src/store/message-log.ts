import type { DatabaseSync } from 'node:sqlite';
import type { Message } from './conversations.ts';
import type { Undo } from './group-commit.ts';
import { MessageNumbers } from './message-numbers.ts';

export interface NewRow {
  readonly sender: number;
  /** One of these two, by id. */
  readonly recipient: number | null;
  readonly group: number | null;
  readonly text: string;
  /** Of the text, in UTF-8. */
  readonly bytes: number;
  readonly sentAt: number;
  /** From the recipient. */
  readonly hidden: boolean;
  readonly key: string | undefined;
}

/** A message as it is stored. Neither `to` nor `group` is there when it was sent to a group that has ended. */
export interface MessageRow extends Message {
  readonly sender: number;
  readonly recipient: number | null;
  readonly groupId: number | null;
  readonly hidden: boolean;
}

/** Of a message that is not in the indexes yet, what is asked for often. There are many, and each is there once. */
export interface PendingRow {
  readonly id: number;
  readonly sender: number;
  readonly recipient: number | null;
  readonly group: number | null;
  /** Of its text. */
  readonly bytes: number;
  readonly hidden: boolean;
}

/** In one transaction messages enter the indexes until that is so much work, or their texts are so long: some milliseconds. */
const WORK_AT_ONCE = 1200;
const BYTES_AT_ONCE = 256 * 1024;
/** A conversation, which has pages of its own in the indexes, is as much work as so many messages. */
const WORK_OF_CONVERSATION = 2;
/** No database has as many accounts. */
const ACCOUNTS = 2 ** 26;

/** What selects a MessageRow, up to its WHERE. */
export const SELECT_MESSAGE = `SELECT message.id, sender, recipient, group_id AS groupId, hidden, text, sent_at AS sentAt,
  read_at AS readAt, edited_at AS editedAt, deleted_at AS deletedAt,
  f.username AS "from", t.username AS "to", iif(groups.state = 'live', groups.name, NULL) AS "group"
  FROM message JOIN account AS f ON f.id = sender LEFT JOIN account AS t ON t.id = recipient
  LEFT JOIN groups ON groups.id = group_id`;

/**
 * All messages, in the order of their numbers. What changes something is a step of a transaction (see GroupCommit).
 *
 * A message is stored by appending a row to the table: one page for each transaction, however many conversations its messages
 * belong to. An index by recipient would take a page for each. So messages enter the indexes later, many at a time (`index`), and
 * until then are pending. In the table they come behind all that are indexed. What they are is kept in memory: whoever looks for
 * them need not read their rows, where what is behind a long text takes long to read.
 */
export class MessageLog {
  readonly #sql;
  readonly #undo: Undo;
  readonly #numbers: MessageNumbers;
  #indexed: number;
  /** In order. */
  #pending: PendingRow[];
  /** Of those that were there at the start. */
  readonly #unreadAtStart: ReadonlySet<number>;

  constructor(db: DatabaseSync, undo: Undo) {
    this.#sql = prepare(db);
    this.#undo = undo;
    this.#numbers = new MessageNumbers(db, undo);
    this.#indexed = this.#numbers.last;
    for (const { id, indexed } of this.#sql.newestFirst.iterate()) {
      if (indexed) break;
      this.#indexed = Number(id) - 1;
    }
    const rows = this.#sql.pending.all(this.#indexed) as unknown as (Omit<PendingRow, 'hidden'> & {
      hidden: number;
      unread: number;
    })[];
    this.#pending = rows.map(({ unread, ...row }) => ({ ...row, hidden: row.hidden !== 0 }));
    this.#unreadAtStart = new Set(rows.filter(({ unread }) => unread !== 0).map(({ id }) => id));
  }

  /** The number given last, to a message or to a change of one. */
  get last(): number {
    return this.#numbers.last;
  }

  /** All messages up to this number are in the indexes, and none behind it. */
  get indexed(): number {
    return this.#indexed;
  }

  /** How many messages are pending at the most. */
  get pending(): number {
    return this.last - this.#indexed;
  }

  append({ sender, recipient, group, text, bytes, sentAt, hidden, key }: NewRow): PendingRow {
    const id = this.#numbers.next();
    this.#sql.append.run(id, sender, recipient, group, text, sentAt, hidden ? 1 : 0, key ?? null);
    const row = { id, sender, recipient, group, bytes, hidden };
    this.#pending.push(row);
    this.#undo(this.#takeBack);
    return row;
  }

  readonly #takeBack = (): void => void this.#pending.pop();

  /** A number for a change. */
  nextNumber(): number {
    return this.#numbers.next();
  }

  row(id: number): MessageRow | undefined {
    const row = this.#sql.one.get(id);
    return row && toRow(row);
  }

  /** The messages that are pending, in order. */
  get rows(): readonly PendingRow[] {
    return this.#pending;
  }

  /** The unread messages to accounts that were pending at the start, in order. */
  get unreadAtStart(): readonly PendingRow[] {
    return this.#pending.filter(({ id, recipient }) => recipient !== null && this.#unreadAtStart.has(id));
  }

  /** Brings some pending messages up to the number `upTo` into the indexes, the first ones. Returns them. */
  index(upTo: number): readonly PendingRow[] {
    const [before, pending] = [this.#indexed, this.#pending];
    const count = this.#atOnce(upTo);
    // Numbers without a message need no index.
    const until = count < pending.length ? Math.min(upTo, pending[count]!.id - 1) : upTo;
    if (until <= before) return [];
    this.#sql.index.run(before, until);
    this.#indexed = until;
    this.#pending = pending.slice(count);
    this.#undo(() => {
      this.#indexed = before;
      this.#pending = pending;
    });
    return pending.slice(0, count);
  }

  /** How many of the pending messages up to a number enter the indexes in one transaction. */
  #atOnce(upTo: number): number {
    const conversations = new Set<number>();
    let bytes = 0;
    let count = 0;
    for (const message of this.#pending) {
      const work = count + conversations.size * WORK_OF_CONVERSATION;
      if (work >= WORK_AT_ONCE || bytes >= BYTES_AT_ONCE || message.id > upTo) break;
      conversations.add(conversationOf(message));
      bytes += message.bytes;
      count++;
    }
    return count;
  }
}

/** A number that others hardly have. */
const conversationOf = ({ sender, recipient, group }: PendingRow): number =>
  recipient === null ? -group! : recipient * ACCOUNTS + sender;

export const toRow = (row: object): MessageRow => {
  const { hidden, ...others } = row as Omit<MessageRow, 'hidden'> & { hidden: number };
  return { ...others, hidden: hidden !== 0 };
};

/** What of a row anybody may see who may see the message. */
export const toMessage = ({
  id,
  from,
  to,
  group,
  text,
  sentAt,
  readAt,
  editedAt,
  deletedAt,
}: MessageRow): Message => {
  // Of a message to a group, when all had read it was found out later, and is nobody's business.
  const read = group === null ? readAt : null;
  return { id, from, to, group, text, sentAt, readAt: read, editedAt, deletedAt };
};

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    append: sql(`INSERT INTO message (id, sender, recipient, group_id, text, sent_at, hidden, key, indexed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`),
    one: sql(`${SELECT_MESSAGE} WHERE message.id = ?`),
    index: sql('UPDATE message SET indexed = 1 WHERE id > ? AND id <= ?'),
    newestFirst: sql('SELECT id, indexed FROM message ORDER BY id DESC'),
    pending:
      sql(`SELECT id, sender, recipient, group_id AS "group", octet_length(text) AS bytes, hidden, read_at IS NULL AS unread
      FROM message WHERE id > ? ORDER BY id`),
  };
}
