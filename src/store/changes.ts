import type { DatabaseSync } from 'node:sqlite';
import type { MessageLog, MessageRow } from './message-log.ts';

/** Where a message's last change is noted, so that whoever was away learns of it. */
export class ChangeTable {
  readonly #sql;
  readonly #log: MessageLog;

  constructor(db: DatabaseSync, log: MessageLog) {
    this.#sql = {
      // As long as before, so that the row stays where it is and nothing of the text is left in the file.
      overwrite: db.prepare(`UPDATE message SET text = printf('%.*c', octet_length(text), 'x') WHERE id = ?`),
      edit: db.prepare('UPDATE message SET text = ?, edited_at = ? WHERE id = ?'),
      delete: db.prepare(
        `UPDATE message SET text = '', deleted_at = ?, read_at = coalesce(read_at, ?) WHERE id = ?`,
      ),
      note: db.prepare(
        'INSERT OR REPLACE INTO change (message, number, recipient, group_id) VALUES (?, ?, ?, ?)',
      ),
    };
    this.#log = log;
  }

  /** Both return the change's number. The message must be in the indexes. */
  edit(row: MessageRow, text: string, at: number): number {
    this.#sql.overwrite.run(row.id);
    this.#sql.edit.run(text, at, row.id);
    return this.#note(row);
  }

  /** The row stays, without its text. It counts as read from now on. */
  delete(row: MessageRow, at: number): number {
    this.#sql.overwrite.run(row.id);
    this.#sql.delete.run(at, at, row.id);
    return this.#note(row);
  }

  #note({ id, recipient, groupId, hidden }: MessageRow): number {
    const number = this.#log.nextNumber();
    this.#sql.note.run(id, number, hidden ? null : recipient, groupId);
    return number;
  }
}
