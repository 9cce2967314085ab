import type { DatabaseSync } from 'node:sqlite';
import type { Message } from './conversations.ts';
import type { Undo } from './group-commit.ts';
import { type MessageLog, type MessageRow, toMessage } from './message-log.ts';
import { INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** So many messages that have the words are looked at; some may be hidden from who searches. */
const MOST_LOOKED_AT = 2000;

/**
 * Finds messages by their words (SQLite, "FTS5"). Each message is there with the parties of its conversation as words of a second
 * column, so that a search looks through the searcher's own conversations only. What changes something is a step of a transaction.
 *
 * Words enter the index in the order of the messages' numbers, later than the messages: see Indexing.
 */
export class SearchTable {
  readonly #sql;
  readonly #log: MessageLog;
  readonly #undo: Undo;
  /** The words of all messages up to this number are in the index. */
  #position: number;

  constructor(db: DatabaseSync, log: MessageLog, undo: Undo) {
    this.#sql = prepare(db);
    this.#log = log;
    this.#undo = undo;
    this.#position = Number(this.#sql.position.get()?.position ?? 0);
  }

  /** Adds the words of at most `count` messages more; false when there were none. */
  addSome(count: number): boolean {
    const before = this.#position;
    const rows = this.#sql.next.all(before, this.#log.indexed, count) as unknown as MessageRow[];
    for (const row of rows) this.#add(row);
    const last = rows.at(-1);
    if (!last) return false;
    this.#position = last.id;
    this.#undo(() => {
      this.#position = before;
    });
    return true;
  }

  /** Whether the words of all messages that are in the indexes are here. */
  get behind(): boolean {
    return this.#sql.next.all(this.#position, this.#log.indexed, 1).length > 0;
  }

  /** Takes out a message's words, which are still those of `row`; does nothing when they are not in it. */
  remove({ id, text, sender, recipient, groupId }: Parties & { id: number; text: string }): void {
    if (id > this.#position || !this.#sql.has.get(id)) return;
    this.#sql.remove.run(id, text, partiesOf({ sender, recipient, groupId }));
  }

  /** Puts in a message's words that were taken out. */
  putBack(row: MessageRow): void {
    if (row.id <= this.#position) this.#add(row);
  }

  /** The newest messages that have all the words and that the account may see, oldest first. */
  find(account: number, words: readonly string[], limit: number): Message[] {
    const terms = words
      .filter((word) => /[\p{L}\p{N}]/u.test(word))
      .map((word) => `"${word.replaceAll('"', '""')}"`);
    if (terms.length === 0) return [];
    const joined = new Map(
      this.#sql.memberships.all(account).map((row) => [Number(row.group_id), Number(row.joined_after)]),
    );
    const parties = [`u${account}`, ...[...joined.keys()].map((group) => `g${group}`)];
    const query = `text : (${terms.join(' AND ')}) AND parties : (${parties.join(' OR ')})`;
    const found: Message[] = [];
    let units = 0;
    for (const { rowid } of this.#sql.find.iterate(query)) {
      const row = this.#log.row(Number(rowid));
      if (!row || (row.hidden && row.sender !== account)) continue;
      if (row.groupId !== null && row.id <= joined.get(row.groupId)!) continue;
      units += row.text.length + MESSAGE_UNITS;
      if (found.length > 0 && units > INBOX_UNITS) break;
      found.push(toMessage(row));
      if (found.length === limit) break;
    }
    return found.reverse();
  }

  #add({ id, text, sender, recipient, groupId }: MessageRow): void {
    if (text !== '') this.#sql.add.run(id, text, partiesOf({ sender, recipient, groupId }));
  }
}

interface Parties {
  readonly sender: number;
  readonly recipient: number | null;
  readonly groupId: number | null;
}

const partiesOf = ({ sender, recipient, groupId }: Parties): string =>
  groupId === null ? `u${sender} u${recipient}` : `g${groupId}`;

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    position: sql('SELECT max(id) AS position FROM search_docsize'),
    has: sql('SELECT 1 FROM search_docsize WHERE id = ?'),
    next: sql(`SELECT id, text, sender, recipient, group_id AS groupId FROM message
      WHERE id > ? AND id <= ? AND deleted_at IS NULL ORDER BY id LIMIT ?`),
    add: sql('INSERT INTO search (rowid, text, parties) VALUES (?, ?, ?)'),
    remove: sql(`INSERT INTO search (search, rowid, text, parties) VALUES ('delete', ?, ?, ?)`),
    find: sql(`SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ${MOST_LOOKED_AT}`),
    memberships: sql('SELECT group_id, joined_after FROM member WHERE account = ?'),
  };
}
