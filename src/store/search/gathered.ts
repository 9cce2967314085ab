import type { DatabaseSync } from 'node:sqlite';
import { fold, MOST_UNITS } from '../../words/fold.ts';
import { type Page, pageOf } from '../../words/page.ts';
import { termsOf, tokensOf } from '../../words/tokens.ts';
import type { Undo } from '../group-commit.ts';
import { ownersOf, type PageOwner, type Parties } from './owners.ts';
import type { Worded } from './pages.ts';

/** A message that is not in pages yet. */
export interface Entry extends Worded {
  readonly owners: readonly PageOwner[];
  /** Of its text, as far as it is looked at. */
  readonly units: number;
  /** A page of its own. */
  readonly page: Page;
}

export interface Text extends Parties {
  readonly text: string;
}

interface Row extends Text {
  readonly deletedAt: number | null;
}

/** In one piece, about a millisecond's work: so many messages, or fewer whose texts are so long. */
const ROWS_AT_ONCE = 64;
/** Or of so many rows those that were not taken back: there may be any number of such in a row. */
const LOOKED_AT_ONCE = 1000;
const UNITS_AT_ONCE = 8 * 1024;

export const wordsIn = (text: string): Set<string> => termsOf(tokensOf(fold(text)));

/** The words of messages that are not in pages yet, in memory, as far as they have been looked at. */
export class Gathered {
  readonly #sql;
  readonly #undo: Undo;
  readonly #entries = new Map<number, Entry>();

  constructor(db: DatabaseSync, undo: Undo) {
    const some = (order: string) =>
      db.prepare(`SELECT id, sender, recipient, group_id AS groupId, hidden, text, deleted_at AS deletedAt FROM message
        WHERE id > ? AND id <= ? ORDER BY id ${order}`);
    this.#sql = { up: some('ASC'), down: some('DESC') };
    this.#undo = undo;
  }

  get(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Those behind a number, up to another, in order. */
  between(above: number, upTo: number): Entry[] {
    const found = [...this.#entries.values()].filter(({ id }) => id > above && id <= upTo);
    return found.sort((a, b) => a.id - b.id);
  }

  /** Looks at some messages, upwards or downwards. Returns up to which, or behind which, it has. */
  look(direction: 'up' | 'down', above: number, upTo: number): number {
    let [looked, count, sum] = [0, 0, 0];
    for (const row of this.#sql[direction].iterate(above, upTo) as Iterable<unknown> as Iterable<Row>) {
      if (row.deletedAt === null) {
        const entry = entryOf(row);
        this.#set(row.id, entry);
        count++;
        sum += entry.units;
      }
      if (++looked === LOOKED_AT_ONCE || count === ROWS_AT_ONCE || sum >= UNITS_AT_ONCE)
        return direction === 'up' ? row.id : row.id - 1;
    }
    return direction === 'up' ? upTo : above;
  }

  /** A message has another text, or is gone. */
  change(id: number, row: Text | undefined): void {
    if (this.#entries.has(id)) this.#set(id, row && entryOf(row));
  }

  /** Forgets those that are in pages now. */
  forget(above: number, upTo: number): void {
    for (const { id } of this.between(above, upTo)) this.#set(id, undefined);
  }

  #set(id: number, entry: Entry | undefined): void {
    const before = this.#entries.get(id);
    this.#undo(() => this.#put(id, before));
    this.#put(id, entry);
  }

  #put(id: number, entry: Entry | undefined): void {
    if (entry) this.#entries.set(id, entry);
    else this.#entries.delete(id);
  }
}

function entryOf(row: Text): Entry {
  const terms = wordsIn(row.text);
  return {
    id: row.id,
    owners: ownersOf(row),
    terms,
    units: Math.min(row.text.length, MOST_UNITS),
    page: pageOf([terms]),
  };
}
