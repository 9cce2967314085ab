import type { DatabaseSync } from 'node:sqlite';
import { MOST_IN_PAGE, type Page, pageOf, without } from '../../words/page.ts';
import { termsIn } from '../../words/terms.ts';
import type { PageOwner } from './owners.ts';

/** A page is full when it has so many UTF-16 units, too. */
const FULL = 16 * 1024;
/** Of one owner, so many pages at the most may have a message between their first and their last: one, and those of edited ones. */
const MOST_AROUND = MOST_IN_PAGE + 1;
/** What the numbers of a page begin with whose message was edited: it stands in an earlier page, too, without words. */
const AGAIN = '+';
/** The owner of pages that are free. */
const NOBODY = 0;

/** A message and the terms that it is found by. */
export interface Worded {
  readonly id: number;
  readonly terms: readonly string[];
  /** How long a page of it is at the most. */
  readonly units: number;
}

/** A page, without what is in it. */
export interface PageHead {
  readonly page: number;
  /** The number of its last message. */
  readonly last: number;
}

export interface StoredPage {
  /** The numbers of its messages, in order. */
  readonly messages: readonly number[];
  readonly words: Page;
}

interface Row {
  readonly page: number;
  readonly messages: string;
  readonly words: Page;
}

/**
 * The words of messages, as rows of a table: each is a page of one owner's, with up to 26 messages that follow each other there. What
 * changes something is a step of a transaction (see GroupCommit).
 *
 * A row is never deleted and never grows, and what is taken out of a page is overwritten: so SQLite never moves a row, and of words that
 * were taken out nothing is left in the file. A page without words is free, and the next one of about its size takes its row.
 */
export class Pages {
  readonly #sql;

  constructor(db: DatabaseSync) {
    const sql = (text: string) => db.prepare(text);
    this.#sql = {
      add: sql('INSERT INTO word_page (owner, last, messages, words) VALUES (?, ?, ?, ?)'),
      free: sql(`SELECT id, last AS size FROM word_page WHERE owner = ${NOBODY} AND last BETWEEN ? AND ?
        ORDER BY last LIMIT 1`),
      put: sql('UPDATE word_page SET owner = ?, last = ?, messages = ?, words = ? WHERE id = ?'),
      change: sql('UPDATE word_page SET words = ? WHERE id = ?'),
      head: sql(`SELECT id AS page, last FROM word_page WHERE owner = ? AND last > ? AND last <= ?
        ORDER BY last DESC, id DESC LIMIT 1`),
      below: sql(`SELECT id AS page, last FROM word_page WHERE owner = :owner AND last > :above AND
        (last, id) < (:last, :page) ORDER BY last DESC, id DESC LIMIT 1`),
      one: sql('SELECT messages, words FROM word_page WHERE id = ?'),
      from: sql(`SELECT id AS page, messages, words FROM word_page WHERE owner = ? AND last >= ?
        ORDER BY last, id LIMIT ${MOST_AROUND}`),
    };
  }

  /** Adds a page with these messages of an owner's, in order, as many as fit in one (see inPages). */
  add(owner: PageOwner, messages: readonly Worded[]): void {
    this.#add(owner, messages);
  }

  /** Adds the words of a message that was edited, whose own were removed. */
  addAgain(owner: PageOwner, message: Worded): void {
    if (message.terms.length > 0) this.#add(owner, [message], AGAIN);
  }

  /** The owner's last page whose last message has a number behind `above`, up to `upTo`. */
  last(owner: PageOwner, above: number, upTo: number): PageHead | undefined {
    return this.#sql.head.get(owner, above, upTo) as unknown as PageHead | undefined;
  }

  /** The next one before `head`. */
  before(owner: PageOwner, above: number, { page, last }: PageHead): PageHead | undefined {
    return this.#sql.below.get({ owner, above, page, last }) as unknown as PageHead | undefined;
  }

  read({ page }: PageHead): StoredPage {
    const { messages, words } = this.#sql.one.get(page) as unknown as Row;
    return { messages: numbersIn(messages), words };
  }

  /** Takes messages out of an owner's pages, if they are there; `ids` in order. */
  remove(owner: PageOwner, ids: readonly number[]): void {
    const left = new Set(ids);
    for (const id of ids) {
      if (!left.delete(id)) continue;
      const found = this.#find(owner, id, left);
      if (!found) continue;
      const { page, messages, words, kept, ids: removed } = found;
      for (const one of removed) left.delete(one);
      if (kept.trim() !== '') this.#sql.change.run(padded(kept, Buffer.byteLength(words)), page);
      else {
        const size = bytesOf(messages, words);
        this.#sql.put.run(NOBODY, size, '', padded('', size), page);
      }
    }
  }

  /** The page that has words of a message, and what it is without them; and without those of `others` that are there too. */
  #find(owner: PageOwner, id: number, others: ReadonlySet<number>) {
    for (const { page, messages, words } of this.#sql.from.iterate(
      owner,
      id,
    ) as Iterable<unknown> as Iterable<Row>) {
      const numbers = numbersIn(messages);
      if (numbers[0]! > id && !messages.startsWith(AGAIN)) return undefined;
      if (!numbers.includes(id)) continue;
      const ids = numbers.filter((one) => one === id || others.has(one));
      const kept = without(
        words,
        ids.map((one) => numbers.indexOf(one)),
      );
      if (kept !== words) return { page, messages, words, kept, ids };
    }
    return undefined;
  }

  #add(owner: PageOwner, messages: readonly Worded[], mark = ''): void {
    const numbers = mark + numbersOf(messages.map(({ id }) => id));
    const words = pageOf(messages.map(({ terms }) => terms));
    const size = bytesOf(numbers, words);
    const last = messages.at(-1)!.id;
    const free = this.#sql.free.get(size, 2 * size);
    if (!free) this.#sql.add.run(owner, last, numbers, words);
    else {
      const room = Number(free.size) - Buffer.byteLength(numbers);
      this.#sql.put.run(owner, last, numbers, padded(words, room), Number(free.id));
    }
  }
}

/** Messages in order, as many at once as fit in a page; those without words are in none. */
export function* inPages<T extends Worded>(messages: readonly T[]): Generator<readonly T[]> {
  let begun: T[] = [];
  let units = 0;
  for (const message of messages) {
    if (message.terms.length === 0) continue;
    if (begun.length === MOST_IN_PAGE || (begun.length > 0 && units + message.units > FULL)) {
      yield begun;
      begun = [];
      units = 0;
    }
    begun.push(message);
    units += message.units;
  }
  if (begun.length > 0) yield begun;
}

export function wordedOf({ id, text }: { id: number; text: string }): Worded {
  const terms = termsIn(text);
  let units = 0;
  for (const term of terms) units += term.length + 2;
  return { id, terms, units };
}

const bytesOf = (...texts: string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** Empty lines, which no term is found in. */
const padded = (words: Page, bytes: number): Page => words + '\n'.repeat(bytes - Buffer.byteLength(words));

/** Each as its distance to the one before. */
const numbersOf = (ids: readonly number[]): string =>
  ids.map((id, index) => (id - (ids[index - 1] ?? 0)).toString(36)).join(' ');

function numbersIn(text: string): number[] {
  let number = 0;
  return text.split(' ').map((distance) => {
    number += Number.parseInt(distance, 36);
    return number;
  });
}
