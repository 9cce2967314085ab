import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { GroupReading } from './group-reading.ts';
import type { GroupRows } from './group-rows.ts';
import type { KeyTable } from './keys.ts';
import type { Words } from './search/words.ts';

/** Few enough and small enough for about a millisecond: everybody else waits meanwhile. */
const MESSAGES_AT_ONCE = 100;
const BYTES_AT_ONCE = 64 * 1024;
/** Of so many read messages the times are looked at. */
const LOOKED_AT = 5000;

/** In an inbox: behind this message. First comes what its owner sees, then what is hidden. */
interface Place {
  readonly hidden: boolean;
  readonly sender: number;
  readonly id: number;
}

const startOf = (hidden: boolean): Place => ({ hidden, sender: 0, id: 0 });

interface Found {
  readonly id: number;
  readonly size: number;
  readonly sender: number;
  readonly recipient: number | null;
  readonly groupId: number | null;
  readonly hidden: number;
  readonly key: string | null;
  readonly readAt: number | null;
}

/** `goOn`: behind which number to go on; undefined behind the last one. */
export interface Deleted {
  readonly deleted: number;
  readonly goOn: number | undefined;
}

export interface CleaningParts {
  readonly words: Words;
  readonly keys: KeyTable;
  readonly groups: GroupRows;
  readonly reading: GroupReading;
}

/**
 * Deletes messages that are in the indexes (see MessageLog) from an open database, some at a time. Each method is a step of a
 * transaction, see GroupCommit.
 */
export class Cleaning {
  readonly #sql;
  readonly #parts: CleaningParts;
  readonly #undo: Undo;
  /** By account, up to where the texts of its inbox have been overwritten. */
  readonly #overwritten = new Map<number, Place>();
  /** By group, the same. */
  readonly #overwrittenIn = new Map<number, number>();

  constructor(db: DatabaseSync, parts: CleaningParts, undo: Undo) {
    this.#sql = prepare(db);
    this.#parts = parts;
    this.#undo = undo;
  }

  /**
   * Looks at read messages that are `hidden` or not, behind the number `from`.
   */
  deleteRead(account: number, hidden: boolean, readBefore: number, from: number): Deleted {
    return this.#deleteRead(hidden ? this.#sql.hidden : this.#sql.seen, account, readBefore, from);
  }

  /** The same, of what all members of a group have read. */
  deleteReadIn(group: number, readBefore: number, from: number): Deleted {
    return this.#deleteRead(this.#sql.inGroup, group, readBefore, from);
  }

  #deleteRead(
    sql: Pick<ReturnType<typeof prepare>['inGroup'], 'lastLookedAt' | 'readBefore'>,
    whose: number,
    readBefore: number,
    from: number,
  ): Deleted {
    const last = sql.lastLookedAt.get(whose, from)?.last as number | null;
    if (last === null) return { deleted: 0, goOn: undefined };
    const found = someOf(sql.readBefore.iterate(whose, from, last, readBefore));
    return { deleted: this.#delete(found), goOn: last };
  }

  /**
   * All texts are overwritten before the first row is deleted: SQLite overwrites a row that is deleted, but not the copies that it
   * leaves in a page when others are deleted around it and it is moved. Who wrote to the account goes behind them, for every
   * message's sender is a correspondent of its recipient; last whom it has blocked, and the marks of what it has sent.
   */
  clearInbox(account: number): boolean {
    if (this.#overwrite(account)) return true;
    const deleted =
      this.#delete(this.#behind(account, startOf(false)).found) ||
      this.#sql.deleteCorrespondents.run(account, account).changes ||
      this.#sql.deleteBlocks.run(account, account).changes ||
      this.#parts.keys.forgetSome(account);
    if (deleted === 0) this.#overwritten.delete(account);
    return deleted > 0;
  }

  /** Deletes some of what was sent to groups that have ended, in the same way. False when nothing was left. */
  clearGroups(): boolean {
    const group = this.#parts.groups.ended();
    if (group === undefined) return false;
    this.#undo(() => this.#overwrittenIn.delete(group));
    const found = someOf(this.#sql.inGroup.behind.iterate(group, this.#overwrittenIn.get(group) ?? 0));
    this.#overwriteThese(found);
    const last = found.at(-1);
    if (last) this.#overwrittenIn.set(group, last.id);
    else if (this.#delete(someOf(this.#sql.inGroup.behind.iterate(group, 0))) === 0) {
      this.#overwrittenIn.delete(group);
      this.#parts.groups.free(group);
    }
    return true;
  }

  #behind(account: number, { hidden, sender, id }: Place): { found: Found[]; hidden: boolean } {
    const sql = hidden ? this.#sql.hidden : this.#sql.seen;
    const found = someOf(sql.behind.iterate(account, sender, id));
    return found.length === 0 && !hidden ? this.#behind(account, startOf(true)) : { found, hidden };
  }

  #overwrite(account: number): boolean {
    // From the beginning again.
    this.#undo(() => this.#overwritten.delete(account));
    const { found, hidden } = this.#behind(account, this.#overwritten.get(account) ?? startOf(false));
    this.#overwriteThese(found);
    const last = found.at(-1);
    if (last) this.#overwritten.set(account, { hidden, sender: last.sender, id: last.id });
    return last !== undefined;
  }

  #overwriteThese(messages: readonly Found[]): void {
    this.#parts.words.remove(messages);
    for (const { id } of messages) this.#sql.overwrite.run(id);
  }

  #delete(messages: readonly Found[]): number {
    this.#parts.words.remove(messages);
    for (const { id, sender, key, groupId, readAt, size } of messages) {
      if (groupId !== null && readAt === null) this.#parts.reading.count(sender, -1, -size);
      if (key !== null) this.#parts.keys.keep(sender, key, id);
      this.#sql.delete.run(id);
    }
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

const FOUND = `SELECT id, octet_length(text) AS size, sender, recipient, group_id AS groupId, hidden, key,
  read_at AS readAt FROM message`;

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  /** `whose`: as in the indexes, word for word. */
  const of = (whose: string, order: string) => {
    const messages = (which: string, by: string) =>
      sql(`${FOUND} WHERE ${whose} AND ${which} ORDER BY ${by} LIMIT ${MESSAGES_AT_ONCE}`);
    return {
      behind: messages(`(${order}) > (${order.replaceAll(/\w+/g, '?')})`, order),
      lastLookedAt: sql(`SELECT max(id) AS last FROM (SELECT id FROM message
        WHERE ${whose} AND read_at IS NOT NULL AND id > ? ORDER BY id LIMIT ${LOOKED_AT})`),
      readBefore: messages('id > ? AND id <= ? AND read_at IS NOT NULL AND read_at < ?', 'id'),
    };
  };
  return {
    seen: of('recipient = ? AND indexed AND NOT hidden', 'sender, id'),
    hidden: of('recipient = ? AND indexed AND hidden', 'sender, id'),
    inGroup: of('group_id = ? AND indexed', 'id'),
    // As long as before, so that the row stays where it is.
    overwrite: sql(`UPDATE message SET text = printf('%.*c', octet_length(text), 'x') WHERE id = ?`),
    delete: sql('DELETE FROM message WHERE id = ?'),
    deleteBlocks: sql(`DELETE FROM block WHERE account = ? AND blocked IN
      (SELECT blocked FROM block WHERE account = ? LIMIT ${MESSAGES_AT_ONCE})`),
    deleteCorrespondents: sql(`DELETE FROM correspondent WHERE recipient = ? AND sender IN
      (SELECT sender FROM correspondent WHERE recipient = ? LIMIT ${MESSAGES_AT_ONCE})`),
  };
}
