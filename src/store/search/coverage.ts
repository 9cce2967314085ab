import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from '../group-commit.ts';

/**
 * Of which messages the words are in pages: those behind `low` up to `high`. The block that comes next is written owner by owner; it is
 * what is behind `high` up to `nextHigh`, or behind `nextLow` up to `low`, if there is one.
 */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly nextLow: number;
  readonly nextHigh: number;
}

/** Keeps the range, in the database and in memory. Setting it is a step of a transaction (see GroupCommit). */
export class Coverage {
  readonly #set;
  readonly #undo: Undo;
  #range: Range;

  constructor(db: DatabaseSync, undo: Undo) {
    this.#set = db.prepare(
      'UPDATE word_range SET low = :low, high = :high, next_low = :nextLow, next_high = :nextHigh',
    );
    this.#undo = undo;
    this.#range = db
      .prepare('SELECT low, high, next_low AS nextLow, next_high AS nextHigh FROM word_range')
      .get() as unknown as Range;
  }

  get range(): Range {
    return this.#range;
  }

  set(change: Partial<Range>): void {
    const before = this.#range;
    this.#range = { ...before, ...change };
    this.#set.run({ ...this.#range });
    this.#undo(() => {
      this.#range = before;
    });
  }
}
