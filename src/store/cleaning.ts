import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { SearchTable } from './search.ts';

/** Few enough and small enough for about a millisecond: everybody else waits meanwhile. */
const MESSAGES_AT_ONCE = 200;
const BYTES_AT_ONCE = 256 * 1024;

interface Found {
  readonly id: number;
  readonly size: number;
  readonly text: string;
  readonly sender: number;
  readonly recipient: number;
}

/**
 * Deletes messages to accounts that are in the indexes (see MessageLog) from an open database, some at a time. Each method is a
 * step of a transaction, see GroupCommit.
 */
export class Cleaning {
  readonly #sql;
  readonly #search: SearchTable;
  readonly #undo: Undo;
  /** By account, up to which id the texts of its inbox have been overwritten. */
  readonly #overwritten = new Map<number, number>();

  constructor(db: DatabaseSync, search: SearchTable, undo: Undo) {
    this.#sql = prepare(db);
    this.#search = search;
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
      this.#delete(someOf(this.#sql.behind.iterate(account, 0))) ||
      this.#sql.deleteCorrespondents.run(account, account).changes;
    if (deleted === 0) this.#overwritten.delete(account);
    return deleted > 0;
  }

  #overwrite(account: number): boolean {
    // From the beginning again.
    this.#undo(() => this.#overwritten.delete(account));
    const found = someOf(this.#sql.behind.iterate(account, this.#overwritten.get(account) ?? 0));
    for (const message of found) {
      this.#removeWords(message);
      this.#sql.overwrite.run(message.id);
    }
    const last = found.at(-1);
    if (last) this.#overwritten.set(account, last.id);
    return last !== undefined;
  }

  #delete(messages: readonly Found[]): number {
    for (const message of messages) {
      this.#removeWords(message);
      this.#sql.delete.run(message.id);
    }
    return messages.length;
  }

  #removeWords(message: Found): void {
    this.#search.remove({ ...message, groupId: null });
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
    sql(`SELECT id, octet_length(text) AS size, text, sender, recipient FROM message
      WHERE recipient = ? AND indexed AND ${which} ORDER BY ${order} LIMIT ${MESSAGES_AT_ONCE}`);
  return {
    behind: messages('id > ?', 'id'),
    readBefore: messages('read_at IS NOT NULL AND read_at < ?', 'read_at'),
    // As long as before, so that the row stays where it is.
    overwrite: sql(`UPDATE message SET text = printf('%.*c', octet_length(text), 'x') WHERE id = ?`),
    delete: sql('DELETE FROM message WHERE id = ?'),
    deleteCorrespondents: sql(`DELETE FROM correspondent WHERE recipient = ? AND sender IN
      (SELECT sender FROM correspondent WHERE recipient = ? LIMIT ${MESSAGES_AT_ONCE})`),
  };
}
