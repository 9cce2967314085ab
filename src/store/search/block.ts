import type { DatabaseSync } from 'node:sqlite';
import { MOST_UNITS } from '../../words/fold.ts';
import { byOwner, type Owned, ownersOf, type PageOwner, type Parties } from './owners.ts';
import { type Worded, wordedOf } from './pages.ts';

export interface Text extends Parties {
  readonly text: string;
}

interface Row extends Text {
  readonly deletedAt: number | null;
}

type Entry = Worded & Owned;

/**
 * So many messages make a block, or fewer whose texts are so long (UTF-16 units): the more, the fuller is each owner's page and the less
 * each message costs, and the more messages a search has to look at that are in no page yet.
 */
export const BLOCK = 8192;
export const BLOCK_UNITS = 512 * 1024;
/** In one piece, about a millisecond's work: so many messages, or fewer whose texts are so long. */
const ROWS_AT_ONCE = 512;
const UNITS_AT_ONCE = 16 * 1024;

export type Direction = 'up' | 'down';

/** Reads messages behind a number, up to another, in this order. */
export type ReadRows = (direction: Direction, above: number, upTo: number) => Iterable<Row>;

export function rowsOf(db: DatabaseSync): ReadRows {
  const some = (order: string) =>
    db.prepare(`SELECT id, sender, recipient, group_id AS groupId, hidden, text, deleted_at AS deletedAt FROM message
      WHERE id > ? AND id <= ? ORDER BY id ${order}`);
  const sql = { up: some('ASC'), down: some('DESC') };
  return (direction, above, upTo) =>
    sql[direction].iterate(above, upTo) as Iterable<unknown> as Iterable<Row>;
}

/** Some messages that follow each other and their words, in memory until they are in pages. */
export class Block {
  readonly #read: ReadRows;
  readonly #direction: Direction;
  readonly #wanted: 'some' | 'all';
  #above: number;
  #upTo: number;
  /** Up to where, or behind where, it has been looked. */
  #at: number;
  #messages = 0;
  #units = 0;
  readonly #entries = new Map<number, Entry>();
  #left: Map<PageOwner, readonly number[]> | undefined;

  /** Of the messages behind `above` up to `upTo`: all, or as many as make a block, from one end on. */
  constructor(read: ReadRows, direction: Direction, above: number, upTo: number, wanted: 'some' | 'all') {
    this.#read = read;
    this.#direction = direction;
    this.#wanted = wanted;
    this.#above = above;
    this.#upTo = upTo;
    this.#at = direction === 'up' ? above : upTo;
  }

  /** Its messages are those behind this number, up to `upTo`, once `left` is there. */
  get above(): number {
    return this.#above;
  }

  get upTo(): number {
    return this.#upTo;
  }

  /**
   * By owner, in order, the numbers of the messages whose words are to be written; whoever has written an owner's takes it out. Undefined
   * before all of the block has been looked at.
   */
  get left(): Map<PageOwner, readonly number[]> | undefined {
    return this.#left;
  }

  /** A message's words, unless it is gone. */
  get(id: number): Worded | undefined {
    return this.#entries.get(id);
  }

  /** Looks at some messages. */
  look(): void {
    const up = this.#direction === 'up';
    let [count, units] = [0, 0];
    for (const row of this.#read(this.#direction, up ? this.#at : this.#above, up ? this.#upTo : this.#at)) {
      const own = Math.min(row.text.length, MOST_UNITS);
      if (row.deletedAt === null) this.#entries.set(row.id, entryOf(row));
      this.#at = up ? row.id : row.id - 1;
      this.#messages++;
      this.#units += own;
      units += own;
      if (this.#isFull) break;
      if (++count === ROWS_AT_ONCE || units >= UNITS_AT_ONCE) return;
    }
    if (this.#isFull && up) this.#upTo = this.#at;
    if (this.#isFull && !up) this.#above = this.#at;
    this.#left = byOwner(this.#entries.values());
  }

  /** A message has another text, or is gone. */
  change(id: number, row: Text | undefined): void {
    if (!this.#entries.has(id)) return;
    if (row) this.#entries.set(id, entryOf(row));
    else this.#entries.delete(id);
  }

  get #isFull(): boolean {
    return this.#wanted === 'some' && (this.#messages >= BLOCK || this.#units >= BLOCK_UNITS);
  }
}

const entryOf = (row: Text): Entry => ({ ...wordedOf(row), owners: ownersOf(row) });
