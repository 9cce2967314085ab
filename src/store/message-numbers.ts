import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';

/** Numbers are reserved so many at a time; after a start as many may be missing. */
const AT_ONCE = 1000;

/**
 * Gives messages their numbers, which grow with every message, across restarts and deletions too. SQLite notes the highest itself
 * (AUTOINCREMENT), which takes a page in each transaction, unless a number as high is noted already: so some are reserved.
 */
export class MessageNumbers {
  readonly #sql;
  readonly #undo: Undo;
  #last: number;
  #reserved: number;

  constructor(db: DatabaseSync, undo: Undo) {
    this.#sql = {
      reserved: db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'message'`),
      reserve: db.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'message'`),
      reserveFirst: db.prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)`),
    };
    this.#undo = undo;
    this.#last = this.#reserved = Number(this.#sql.reserved.get()?.seq ?? 0);
  }

  /** The one given last; at a start the last one that may have been given. */
  get last(): number {
    return this.#last;
  }

  /** A step of a transaction, see GroupCommit. */
  next(): number {
    if (this.#last === this.#reserved) {
      const before = this.#reserved;
      this.#reserved += AT_ONCE;
      if (this.#sql.reserve.run(this.#reserved).changes === 0) this.#sql.reserveFirst.run(this.#reserved);
      this.#undo(() => {
        this.#last = this.#reserved = before;
      });
    }
    return ++this.#last;
  }
}
