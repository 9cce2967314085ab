import type { DatabaseSync } from 'node:sqlite';
import { MOST_UNITS } from '../../words/fold.ts';
import type { Undo } from '../group-commit.ts';
import type { MessageLog } from '../message-log.ts';
import { Coverage, type Range } from './coverage.ts';
import { type Entry, Gathered, type Text, wordsIn } from './gathered.ts';
import { ownersOf, type PageOwner, type Parties } from './owners.ts';
import { Pages } from './pages.ts';

/**
 * So many messages make a block, or fewer whose texts are so long (UTF-16 units): the more, the fuller is each owner's page, and the longer
 * it takes to write the pages of an owner whose it all is.
 */
export const BLOCK = 2048;
export const BLOCK_UNITS = 64 * 1024;
/** So many pages are written in one piece, or fewer of so many messages, and some more. */
const PAGES_AT_ONCE = 40;
const UNITS_AT_ONCE = 16 * 1024;

/** What is left to be written of a block. */
type Left = readonly { readonly owner: PageOwner; readonly ids: readonly number[] }[];

/**
 * The words of all messages, so that they can be found. They are in pages (see Pages), which are written block by block; those of the
 * newest messages are in memory until they are enough for a block. What was stored before there were pages comes into them backwards, the
 * newest first.
 *
 * A block is written owner by owner, some in each piece, and all of an owner's in one: who is killed meanwhile goes on with those
 * who have no page of it yet.
 *
 * What changes something is a step of a transaction, see GroupCommit.
 */
export class Words {
  readonly pages: Pages;
  readonly gathered: Gathered;
  readonly #coverage: Coverage;
  readonly #log: MessageLog;
  readonly #undo: Undo;
  /** All messages behind `low` up to `high` have been looked at: their words are in pages or in memory. */
  #looked: { low: number; high: number };
  /** How long the texts of the newest messages are, about: of those that are not in pages yet. */
  #units: number;
  /** Of the block that is being written; undefined before all of it has been looked at. */
  #left: Left | undefined;

  constructor(db: DatabaseSync, log: MessageLog, undo: Undo) {
    this.pages = new Pages(db);
    this.gathered = new Gathered(db, undo);
    this.#coverage = new Coverage(db, undo);
    this.#log = log;
    this.#undo = undo;
    this.#looked = this.range;
    // What is needed for it is compiled when it is first used: not while everybody waits.
    wordsIn("kata ไทย ខ្មែរ 北京 d'é 7 👍");
    const units = db.prepare('SELECT sum(octet_length(text)) AS units FROM message WHERE id > ?');
    this.#units = Number(units.get(this.range.high)!.units);
  }

  get range(): Range {
    return this.#coverage.range;
  }

  /** How many numbers were given since the last message whose words are in pages. */
  get pending(): number {
    return this.#log.last - this.range.high;
  }

  /** Takes out the words of messages, which may be in or not. */
  remove(messages: readonly Parties[]): void {
    for (const { id } of messages) this.gathered.change(id, undefined);
    this.#removeFromPages(messages);
  }

  /** A message that was there has another text now. */
  change(message: Text): void {
    this.gathered.change(message.id, message);
    this.#removeFromPages([message]);
    for (const owner of ownersOf(message)) {
      if (!this.#isWritten(owner, message.id)) continue;
      this.pages.addAgain(owner, { id: message.id, terms: wordsIn(message.text) });
    }
  }

  /** Looks at some of the messages up to a number that have not been looked at, the first ones. False when there are none. */
  look(upTo: number): boolean {
    const { low, high } = this.#looked;
    if (high >= upTo) return false;
    this.#setLooked({ low, high: this.gathered.look('up', high, upTo) });
    return true;
  }

  /** A message has been stored, whose text is so long (UTF-16 units). */
  stored(units: number): void {
    this.#units += Math.min(units, MOST_UNITS);
  }

  /** Whether the newest messages are enough for a block. */
  get due(): boolean {
    return this.pending >= BLOCK || this.#units >= BLOCK_UNITS;
  }

  /** Whether work() has nothing to do. */
  get atRest(): boolean {
    const { low, high, nextHigh } = this.range;
    return nextHigh === high && low === 0 && !this.due;
  }

  /** Does a piece of what is to be done. */
  work(): void {
    const { low, high, nextLow, nextHigh } = this.range;
    if (nextHigh > high) {
      if (!this.look(nextHigh)) this.#write(high, nextHigh);
    } else if (nextLow < low) {
      if (!this.#lookBack(nextLow)) this.#write(nextLow, low);
    } else if (this.due) {
      const end = endOfBlock(this.gathered.between(high, this.#looked.high));
      if (end !== undefined || !this.look(this.#log.last)) {
        this.#coverage.set({ nextHigh: end ?? this.#looked.high });
      }
    } else if (low > 0) {
      const enough = endOfBlock(this.gathered.between(this.#looked.low, low)) !== undefined;
      if (enough || !this.#lookBack(0)) this.#coverage.set({ nextLow: this.#looked.low });
    }
  }

  #lookBack(above: number): boolean {
    const { low, high } = this.#looked;
    if (low <= above) return false;
    this.#setLooked({ low: this.gathered.look('down', above, low), high });
    return true;
  }

  /** Writes some pages of the block behind `above` up to `upTo`, or ends it. */
  #write(above: number, upTo: number): void {
    const left = this.#left ?? byOwner(this.gathered.between(above, upTo), ({ owners }) => owners);
    let done = 0;
    for (let [pages, units] = [0, 0]; done < left.length; done++) {
      if (pages >= PAGES_AT_ONCE || units >= UNITS_AT_ONCE) break;
      const { owner, ids } = left[done]!;
      if (this.pages.last(owner, above, upTo)) continue;
      // Those that are gone meanwhile are not there any more.
      const entries = ids.flatMap((id) => this.gathered.get(id) ?? []);
      pages += this.pages.add(owner, entries);
      units += unitsOf(entries);
    }
    if (done < left.length) this.#setLeft(left.slice(done));
    else {
      this.#setLeft(undefined);
      if (above === this.range.high) this.#endNewest(above, upTo);
      else this.#coverage.set({ low: above });
      this.gathered.forget(above, upTo);
    }
  }

  #removeFromPages(messages: readonly Parties[]): void {
    const { nextLow, nextHigh } = this.range;
    const inRange = messages.filter(({ id }) => id > nextLow && id <= nextHigh);
    for (const { owner, ids } of byOwner(inRange, ownersOf)) this.pages.remove(owner, ids);
  }

  #endNewest(above: number, upTo: number): void {
    this.#coverage.set({ high: upTo });
    const before = this.#units;
    this.#undo(() => {
      this.#units = before;
    });
    this.#units = Math.max(0, before - unitsOf(this.gathered.between(above, upTo)));
  }

  /** Whether the words of a message are in its owner's pages, if it has any. */
  #isWritten(owner: PageOwner, id: number): boolean {
    const { low, high, nextLow, nextHigh } = this.range;
    if (id > low && id <= high) return true;
    if (id > high && id <= nextHigh) return this.pages.last(owner, high, nextHigh) !== undefined;
    return id > nextLow && id <= low && this.pages.last(owner, nextLow, low) !== undefined;
  }

  #setLooked(looked: { low: number; high: number }): void {
    const before = this.#looked;
    this.#undo(() => {
      this.#looked = before;
    });
    this.#looked = looked;
  }

  #setLeft(left: Left | undefined): void {
    const before = this.#left;
    this.#undo(() => {
      this.#left = before;
    });
    this.#left = left;
  }
}

const unitsOf = (entries: readonly Entry[]): number => entries.reduce((sum, { units }) => sum + units, 0);

/** Where the first block of some messages ends; undefined when they are not enough. */
function endOfBlock(entries: readonly Entry[]): number | undefined {
  let sum = 0;
  const last = entries.find(({ units }, index) => {
    sum += units;
    return index + 1 === BLOCK || sum >= BLOCK_UNITS;
  });
  return last?.id;
}

/** By owner, the numbers of its messages in order. */
function byOwner<T extends { readonly id: number }>(
  messages: readonly T[],
  ownersOf: (message: T) => readonly PageOwner[],
): { owner: PageOwner; ids: number[] }[] {
  const found = new Map<PageOwner, number[]>();
  for (const message of messages) {
    for (const owner of ownersOf(message)) {
      const ids = found.get(owner);
      if (ids) ids.push(message.id);
      else found.set(owner, [message.id]);
    }
  }
  return [...found].map(([owner, ids]) => ({ owner, ids: ids.sort((a, b) => a - b) }));
}
