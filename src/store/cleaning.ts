import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';

/** Few enough and small enough for about a millisecond: everybody else waits meanwhile. */
const MESSAGES_AT_ONCE = 200;
const BYTES_AT_ONCE = 256 * 1024;

interface Found {
  readonly id: number;
  readonly size: number;
  readonly read_at: number | null;
}

/** How far the texts of an inbox have been overwritten: the unread ones by id, then the read ones by when they were read. */
interface Overwritten {
  unread: number;
  readAt: number;
  read: number;
}

/**
 * Deletes messages that are in the indexes (see InboxTable) from an open database, some at a time. Each method is a step of a
 * transaction, see GroupCommit.
 */
export class Cleaning {
  readonly #sql;
  readonly #undo: Undo;
  /** By account. */
  readonly #overwritten = new Map<number, Overwritten>();

  constructor(db: DatabaseSync, undo: Undo) {
    this.#sql = prepare(db);
    this.#undo = undo;
  }

  deleteRead(account: number, readBefore: number): number {
    return this.#delete(someOf(this.#sql.readBefore.iterate(account, readBefore)));
  }

  /**
   * All texts are overwritten before the first row is deleted: SQLite overwrites a row that is deleted, but not the copies that it
   * leaves in a page when others are deleted around it and it is moved. Who wrote to the account goes last, for every
   * message's sender is a correspondent of its recipient.
   */
  clearInbox(account: number): boolean {
    if (this.#overwrite(account)) return true;
    const deleted =
      this.#delete(someOf(this.#sql.unread.iterate(account, 0))) ||
      this.#delete(someOf(this.#sql.readBefore.iterate(account, Number.MAX_SAFE_INTEGER))) ||
      this.#sql.deleteCorrespondents.run(account, account).changes;
    if (deleted === 0) this.#overwritten.delete(account);
    return deleted > 0;
  }

  #overwrite(account: number): boolean {
    const done = this.#overwritten.get(account) ?? { unread: 0, readAt: 0, read: 0 };
    this.#overwritten.set(account, done);
    // From the beginning again.
    this.#undo(() => this.#overwritten.delete(account));
    const unread = someOf(this.#sql.unread.iterate(account, done.unread));
    const found =
      unread.length > 0 ? unread : someOf(this.#sql.read.iterate(account, done.readAt, done.read));
    for (const { id } of found) this.#sql.overwrite.run(id);
    const last = found.at(-1);
    if (!last) return false;
    if (last.read_at === null) done.unread = last.id;
    else [done.readAt, done.read] = [last.read_at, last.id];
    return true;
  }

  #delete(messages: readonly Found[]): number {
    for (const { id } of messages) this.#sql.delete.run(id);
    return messages.length;
  }
}

function someOf(rows: Iterable<unknown>): Found[] {
  const found: Found[] = [];
  let bytes = 0;
  for (const row of rows) {
    const message = row as Found;
    found.push(message);
    bytes += message.size;
    if (bytes >= BYTES_AT_ONCE) break;
  }
  return found;
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  const messages = (which: string, order: string) =>
    sql(`SELECT id, octet_length(text) AS size, read_at FROM message
      WHERE recipient = ? AND indexed AND ${which} ORDER BY ${order} LIMIT ${MESSAGES_AT_ONCE}`);
  return {
    unread: messages('read_at IS NULL AND id > ?', 'id'),
    read: messages('read_at IS NOT NULL AND (read_at, id) > (?, ?)', 'read_at, id'),
    readBefore: messages('read_at IS NOT NULL AND read_at < ?', 'read_at'),
    // As long as before, so that the row stays where it is.
    overwrite: sql(`UPDATE message SET text = printf('%.*c', octet_length(text), 'x') WHERE id = ?`),
    delete: sql('DELETE FROM message WHERE id = ?'),
    deleteCorrespondents: sql(`DELETE FROM correspondent WHERE recipient = ? AND sender IN
      (SELECT sender FROM correspondent WHERE recipient = ? LIMIT ${MESSAGES_AT_ONCE})`),
  };
}
