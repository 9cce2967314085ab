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

interface PendingRow {
  readonly id: number;
  readonly sender: number;
  readonly recipient: number;
  readonly bytes: number;
  /** 0 or 1. */
  readonly hidden: number;
}

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
 * until then are pending. In the table they come behind all that are indexed.
 */
export class MessageLog {
  readonly #sql;
  readonly #undo: Undo;
  readonly #numbers: MessageNumbers;
  #indexed: number;

  constructor(db: DatabaseSync, undo: Undo) {
    this.#sql = prepare(db);
    this.#undo = undo;
    this.#numbers = new MessageNumbers(db, undo);
    this.#indexed = this.#numbers.last;
    for (const { id, indexed } of this.#sql.newestFirst.iterate()) {
      if (indexed) break;
      this.#indexed = Number(id) - 1;
    }
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

  /** Returns the message's number. */
  append({ sender, recipient, group, text, sentAt, hidden, key }: NewRow): number {
    const id = this.#numbers.next();
    this.#sql.append.run(id, sender, recipient, group, text, sentAt, hidden ? 1 : 0, key ?? null);
    return id;
  }

  /** A number for a change. */
  nextNumber(): number {
    return this.#numbers.next();
  }

  row(id: number): MessageRow | undefined {
    const row = this.#sql.one.get(id);
    return row && toRow(row);
  }

  /** Brings at most `count` pending messages up to the number `upTo` into the indexes. Returns up to which all are in them now. */
  index(count: number, upTo: number): number {
    const before = this.#indexed;
    const until = Math.min(before + count, upTo);
    if (until <= before) return before;
    this.#sql.index.run(before, until);
    this.#indexed = until;
    this.#undo(() => {
      this.#indexed = before;
    });
    return until;
  }

  /** The unread messages to accounts that are pending, in order. */
  *pendingUnread(): Generator<PendingRow> {
    yield* this.#sql.pendingUnread.iterate(this.#indexed) as Iterable<unknown> as Iterable<PendingRow>;
  }
}

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
}: MessageRow): Message => ({ id, from, to, group, text, sentAt, readAt, editedAt, deletedAt });

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    append: sql(`INSERT INTO message (id, sender, recipient, group_id, text, sent_at, hidden, key, indexed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`),
    one: sql(`${SELECT_MESSAGE} WHERE message.id = ?`),
    index: sql('UPDATE message SET indexed = 1 WHERE id > ? AND id <= ?'),
    newestFirst: sql('SELECT id, indexed FROM message ORDER BY id DESC'),
    pendingUnread: sql(`SELECT id, sender, recipient, octet_length(text) AS bytes, hidden FROM message
      WHERE id > ? AND recipient IS NOT NULL AND read_at IS NULL ORDER BY id`),
  };
}
