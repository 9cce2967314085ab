import type { DatabaseSync } from 'node:sqlite';

/** Few enough and small enough for about a millisecond: everybody else waits meanwhile. */
const MESSAGES_AT_ONCE = 200;
const BYTES_AT_ONCE = 256 * 1024;

/** Deletes messages from an open database, some at a time. Each method is a step of a transaction, see GroupCommit. */
export class Cleaning {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  deleteRead(account: number, readBefore: number): number {
    return this.#delete(this.#sql.readBefore.iterate(account, readBefore));
  }

  /** Who wrote to it goes last, for every message's sender is a correspondent of its recipient. */
  clearInbox(account: number): boolean {
    const deleted =
      this.#delete(this.#sql.unread.iterate(account)) ||
      this.#delete(this.#sql.readBefore.iterate(account, Number.MAX_SAFE_INTEGER)) ||
      this.#sql.deleteCorrespondents.run(account, account).changes;
    return deleted > 0;
  }

  #delete(messages: Iterable<unknown>): number {
    const ids: number[] = [];
    let bytes = 0;
    for (const message of messages) {
      const { id, size } = message as { id: number; size: number };
      ids.push(id);
      bytes += size;
      if (bytes >= BYTES_AT_ONCE) break;
    }
    for (const id of ids) this.#sql.deleteMessage.run(id);
    return ids.length;
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    readBefore: sql(`SELECT id, octet_length(text) AS size FROM message
      WHERE recipient = ? AND read_at IS NOT NULL AND read_at < ? ORDER BY read_at LIMIT ${MESSAGES_AT_ONCE}`),
    unread: sql(`SELECT id, octet_length(text) AS size FROM message
      WHERE recipient = ? AND read_at IS NULL ORDER BY id LIMIT ${MESSAGES_AT_ONCE}`),
    deleteMessage: sql('DELETE FROM message WHERE id = ?'),
    deleteCorrespondents: sql(`DELETE FROM correspondent WHERE recipient = ? AND sender IN
      (SELECT sender FROM correspondent WHERE recipient = ? LIMIT ${MESSAGES_AT_ONCE})`),
  };
}
