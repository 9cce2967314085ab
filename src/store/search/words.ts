import type { DatabaseSync } from 'node:sqlite';
import { MOST_UNITS } from '../../words/fold.ts';
import { termsIn } from '../../words/terms.ts';
import type { Undo } from '../group-commit.ts';
import type { MessageLog } from '../message-log.ts';
import { BLOCK, BLOCK_UNITS, Block, type ReadRows, rowsOf, type Text } from './block.ts';
import { Coverage, type Range } from './coverage.ts';
import { byOwner, ownersOf, type PageOwner, type Parties } from './owners.ts';
import { inPages, Pages, wordedOf } from './pages.ts';

/** So many pages are written in one piece, or fewer of such a length (UTF-16 units). */
const PAGES_AT_ONCE = 40;
const UNITS_AT_ONCE = 32 * 1024;

/**
 * The words of all messages, so that they can be found. They are in pages (see Pages), which are written block by block, behind what
 * is sent: those of the newest messages are in no page yet, and found by the messages themselves (see Recent). What was stored before
 * there were pages comes into them backwards, the newest first.
 *
 * First the messages of a block are looked at, then their words are written, owner by owner and each owner's in order. How far that has
 * come is told by the pages: whoever is killed meanwhile looks at the block again and goes on behind each owner's last page of it.
 *
 * What changes something is a step of a transaction, see GroupCommit.
 */
export class Words {
  readonly pages: Pages;
  readonly #coverage: Coverage;
  readonly #log: MessageLog;
  readonly #undo: Undo;
  readonly #read: ReadRows;
  readonly #sql;
  /** The one that comes next, as far as it has been looked at. */
  #block: Block | undefined;
  /** How long the texts of the newest messages are, of those that are in no page yet, if they are fewer than a block. */
  #units: number;

  constructor(db: DatabaseSync, log: MessageLog, undo: Undo) {
    this.pages = new Pages(db);
    this.#coverage = new Coverage(db, undo);
    this.#log = log;
    this.#undo = undo;
    this.#read = rowsOf(db);
    this.#sql = {
      units: db.prepare(`SELECT coalesce(sum(min(octet_length(text), ${MOST_UNITS})), 0) AS units FROM
        (SELECT text FROM message WHERE id > ? ORDER BY id LIMIT ${BLOCK})`),
    };
    // What is needed for it is compiled when it is first used: not while everybody waits.
    for (const text of ['kata', "kata ไทย ខ្មែរ 北京 d'é 7 👍"]) termsIn(text);
    this.#units = this.#unitsBehind(this.range.high);
  }

  get range(): Range {
    return this.#coverage.range;
  }

  /** Takes out the words of messages, which may be in or not. */
  remove(messages: readonly Parties[]): void {
    for (const { id } of messages) this.#changeBlock(id, undefined);
    this.#removeFromPages(messages);
  }

  /** A message that was there has another text now. */
  change(message: Text): void {
    this.#changeBlock(message.id, message);
    this.#removeFromPages([message]);
    for (const owner of ownersOf(message)) {
      if (!this.#isWritten(owner, message.id)) continue;
      this.pages.addAgain(owner, wordedOf(message));
    }
  }

  /** A message has been stored, whose text is so long (UTF-16 units). */
  stored(units: number): void {
    this.#units += Math.min(units, MOST_UNITS);
  }

  /** Whether there is nothing to look at and nothing to write. */
  get atRest(): boolean {
    const { low, high, nextHigh } = this.range;
    return nextHigh === high && low === 0 && !this.#isDue;
  }

  /** Whether what is done next writes. */
  get writes(): boolean {
    return this.#block?.left !== undefined;
  }

  /** Does a piece of what is to be done: looks at some messages of the next block, or writes some of its pages. */
  work(): void {
    // What it looks at may have been stored in this transaction.
    this.#undo(this.#forget);
    this.#block ??= this.#next();
    if (this.#block?.left) this.#write(this.#block, this.#block.left);
    else this.#block?.look();
  }

  #write(block: Block, left: Map<PageOwner, readonly number[]>): void {
    const { above, upTo } = block;
    const isNewest = above === this.range.high;
    this.#coverage.set(isNewest ? { nextHigh: upTo } : { nextLow: above });
    if (!this.#writeSome(block, left)) return;
    if (isNewest) this.#endNewest(upTo);
    else this.#coverage.set({ low: above });
    this.#block = undefined;
  }

  readonly #forget = (): void => {
    this.#block = undefined;
  };

  #next(): Block | undefined {
    const { low, high, nextLow, nextHigh } = this.range;
    if (nextHigh > high) return new Block(this.#read, 'up', high, nextHigh, 'all');
    if (nextLow < low) return new Block(this.#read, 'down', nextLow, low, 'all');
    if (this.#isDue) return new Block(this.#read, 'up', high, this.#log.last, 'some');
    if (low > 0) return new Block(this.#read, 'down', 0, low, 'some');
    return undefined;
  }

  /** Whether the newest messages are enough for a block. */
  get #isDue(): boolean {
    return this.#log.last - this.range.high >= BLOCK || this.#units >= BLOCK_UNITS;
  }

  /** False when something is left. */
  #writeSome(block: Block, left: Map<PageOwner, readonly number[]>): boolean {
    let [pages, units] = [0, 0];
    for (const [owner, ids] of left) {
      const written = this.#writtenUpTo(owner, block.above, block.upTo);
      const messages = ids.flatMap((id) => (id > written ? (block.get(id) ?? []) : []));
      for (const some of inPages(messages)) {
        if (pages === PAGES_AT_ONCE || units >= UNITS_AT_ONCE) return false;
        this.pages.add(owner, some);
        pages++;
        for (const message of some) units += message.units;
      }
      left.delete(owner);
    }
    return true;
  }

  #endNewest(upTo: number): void {
    this.#coverage.set({ high: upTo });
    const before = this.#units;
    this.#undo(() => {
      this.#units = before;
    });
    this.#units = this.#unitsBehind(upTo);
  }

  /** When there are enough for a block nobody asks how long they are. */
  #unitsBehind(number: number): number {
    return this.#log.last - number >= BLOCK ? 0 : Number(this.#sql.units.get(number)!.units);
  }

  #changeBlock(id: number, row: Text | undefined): void {
    if (!this.#block) return;
    this.#undo(this.#forget);
    this.#block.change(id, row);
  }

  #removeFromPages(messages: readonly Parties[]): void {
    const { nextLow, nextHigh } = this.range;
    const inRange = messages.filter(({ id }) => id > nextLow && id <= nextHigh);
    const owned = inRange.map((message) => ({ id: message.id, owners: ownersOf(message) }));
    for (const [owner, ids] of byOwner(owned)) this.pages.remove(owner, ids);
  }

  /** Whether the words of a message are in its owner's pages, if it has any. */
  #isWritten(owner: PageOwner, id: number): boolean {
    const { low, high, nextLow, nextHigh } = this.range;
    if (id > low && id <= high) return true;
    if (id <= nextLow || id > nextHigh) return false;
    // It is of the block that is being written.
    if (this.#block?.left && !this.#block.left.has(owner)) return true;
    const [above, upTo] = id > high ? [high, nextHigh] : [nextLow, low];
    return id <= this.#writtenUpTo(owner, above, upTo);
  }

  /** Of a block that is being written the owner's messages up to this number are in pages, or have no words, and no others. */
  #writtenUpTo(owner: PageOwner, above: number, upTo: number): number {
    return this.pages.last(owner, above, upTo)?.last ?? above;
  }
}
