import type { DatabaseSync } from 'node:sqlite';
import { fold } from '../../words/fold.ts';
import { havingAll, pageOf } from '../../words/page.ts';
import { matches, type Query } from '../../words/query.ts';
import { termsIn } from '../../words/terms.ts';
import { tokensOf } from '../../words/tokens.ts';
import type { Piece } from '../group-commit.ts';
import { type MessageLog, type MessageRow, toMessage } from '../message-log.ts';
import { type Found, Hits, NOTHING_FOUND, type SearchResult } from './hits.ts';
import { ownerOfGroup, type PageOwner } from './owners.ts';
import type { PageHead } from './pages.ts';
import { Recent } from './recent.ts';
import type { Words } from './words.ts';

/**
 * In one piece, a millisecond or two: so many pages, so much of them for each term (UTF-16 units), so many messages, so much of their texts;
 * and of those that are in no page so many numbers, and so many messages of one's own.
 */
const PAGES_AT_ONCE = 50;
const UNITS_AT_ONCE = 512 * 1024;
const MESSAGES_AT_ONCE = 50;
const TEXT_AT_ONCE = 8 * 1024;
const NUMBERS_AT_ONCE = 2000;
const OWN_AT_ONCE = 250;
/** In one search: about half a million messages of one's own, and so many of which each has to be read to tell. */
const MOST_PAGES = 20_000;
const MOST_READ = 5000;

const NOTHING: SearchResult = { messages: [], notSearched: 0, pages: 0, read: 0 };

/** An owner whose pages are looked through, newest first. */
interface Place {
  readonly owner: PageOwner;
  /** The searcher sees what is behind this number. */
  readonly above: number;
  /** The page that comes next. */
  readonly head: PageHead;
}

interface Seen {
  readonly owner: PageOwner;
  readonly above: number;
}

/** Who asks for what. */
interface Asked {
  readonly account: number;
  readonly query: Query;
  readonly limit: number;
}

/** What has been looked at among the newest messages: all behind `above` but those of `own`, which are in falling order. */
export interface Newest extends Found {
  readonly above: number;
  readonly own: readonly number[];
}

/** How far a search has come in pages: all that is newer than what is left in `places` and `candidates` has been looked at. */
export interface Progress extends Found {
  readonly places: readonly Place[];
  /** What is behind this number was looked at before there were pages of it. */
  readonly upTo: number;
  /** What has all the terms and has not been read yet: numbers, the newest first. */
  readonly candidates: readonly number[];
  readonly pages: number;
}

/** In the order in which they come. */
export type SearchState =
  | undefined
  | { readonly newest: Newest }
  | { readonly low: number; readonly progress: Progress };

/**
 * Finds messages by their words, in pieces. The newest messages are in no page yet: of those one's own are read, the newest first. Then come
 * the pages of one's own: those of one's direct messages and those of each group, from where one joined it, whichever has the newest
 * message next. So nobody's search looks at what others have said, at what is hidden from them or at what was said before they came.
 */
export class Search {
  readonly #memberships;
  readonly #log: MessageLog;
  readonly #words: Words;
  readonly #recent: Recent;

  constructor(db: DatabaseSync, log: MessageLog, words: Words) {
    this.#memberships = db.prepare('SELECT group_id, joined_after FROM member WHERE account = ?');
    this.#log = log;
    this.#words = words;
    this.#recent = new Recent(db, log);
  }

  /** Looks a bit further for the newest messages, at most `limit`, that fit and that the account may see. */
  step(account: number, query: Query, limit: number, state: SearchState): Piece<SearchState, SearchResult> {
    if (query.terms.length === 0) return { done: NOTHING };
    const asked = { account, query, limit };
    if (state && 'progress' in state) return this.#pages(asked, state);
    const newest = state?.newest ?? { above: this.#log.last, own: [], ...NOTHING_FOUND };
    if (newest.own.length > 0) return this.#own(asked, newest);
    return { next: this.#lookBack(account, newest) };
  }

  #lookBack(account: number, { above: upTo, own: _, ...found }: Newest): SearchState {
    const { low, high } = this.#words.range;
    if (upTo > high) {
      const above = Math.max(high, upTo - NUMBERS_AT_ONCE);
      return { newest: { above, own: this.#recent.of(account, above, upTo), ...found } };
    }
    const places = this.#seenBy(account).flatMap(
      ({ owner, above }) => this.#placeOf(owner, Math.max(above, low)) ?? [],
    );
    return { low, progress: { places, upTo, candidates: [], pages: 0, ...found } };
  }

  #placeOf(owner: PageOwner, above: number): Place | undefined {
    const head = this.#words.pages.last(owner, above, Number.MAX_SAFE_INTEGER);
    return head && { owner, above, head };
  }

  #own(asked: Asked, { above, own, ...before }: Newest): Piece<SearchState, SearchResult> {
    const hits = new Hits(before);
    let [looked, text] = [0, 0];
    while (looked < own.length && looked < OWN_AT_ONCE && text < TEXT_AT_ONCE) {
      const id = own[looked++]!;
      const its = this.#recent.text(id);
      text += its.length;
      if (!havingAll(pageOf([termsIn(its)]), asked.query.terms)) continue;
      if (this.#take(id, asked, hits)) return { done: hits.result(0, 0) };
    }
    return { next: { newest: { above, own: own.slice(looked), ...hits.found } } };
  }

  #pages(
    asked: Asked,
    { low, progress }: Extract<SearchState, { progress: unknown }>,
  ): Piece<SearchState, SearchResult> {
    const { query } = asked;
    const { upTo } = progress;
    const places = [...progress.places];
    const candidates = [...progress.candidates];
    const hits = new Hits(progress);
    let { pages } = progress;
    let scanned = 0;
    const goOn = () => ({ next: { low, progress: { places, upTo, candidates, pages, ...hits.found } } });
    const done = (notSearched: number) => ({ done: hits.result(notSearched, pages) });
    for (;;) {
      const newest = newestOf(places);
      const bound = newest?.head.last ?? 0;
      while (candidates.length > 0 && candidates[0]! > bound) {
        if (hits.read >= MOST_READ && query.phrases.length > 0) return done(candidates[0]!);
        if (hits.read - progress.read >= MESSAGES_AT_ONCE || hits.text >= TEXT_AT_ONCE) return goOn();
        if (this.#take(candidates.shift()!, asked, hits)) return done(0);
      }
      if (!newest) return done(low);
      if (pages >= MOST_PAGES) return done(bound);
      if (pages - progress.pages >= PAGES_AT_ONCE || scanned >= UNITS_AT_ONCE) return goOn();
      const { messages, words } = this.#words.pages.read(newest.head);
      pages++;
      scanned += words.length * query.terms.length;
      const fitting = havingAll(words, query.terms);
      for (const [place, id] of messages.entries()) {
        if (fitting & (1 << place) && id > newest.above && id <= upTo) insert(candidates, id);
      }
      advance(places, newest, this.#words.pages.before(newest.owner, newest.above, newest.head));
    }
  }

  /** Reads a message that has all the terms. True when there is no room for more than what was found. */
  #take(id: number, { account, query, limit }: Asked, hits: Hits): boolean {
    const row = this.#log.row(id);
    hits.readOne(row?.text.length ?? 0);
    if (!row || !fits(row, account, query)) return false;
    return hits.add(toMessage(row), limit);
  }

  #seenBy(account: number): Seen[] {
    const groups = this.#memberships.all(account).map(({ group_id, joined_after }) => {
      return { owner: ownerOfGroup(Number(group_id)), above: Number(joined_after) };
    });
    return [{ owner: account, above: 0 }, ...groups];
  }
}

/** Whether a message that has all the terms is what was asked for. */
function fits(row: MessageRow, account: number, query: Query): boolean {
  if (row.deletedAt !== null || (row.hidden && row.sender !== account)) return false;
  if (row.groupId !== null && row.group === null) return false;
  return query.phrases.length === 0 || matches(query, tokensOf(fold(row.text)));
}

function newestOf(places: readonly Place[]): Place | undefined {
  let newest = places[0];
  for (const place of places) if (place.head.last > newest!.head.last) newest = place;
  return newest;
}

/** Its next page is `head`; undefined: there is none. */
function advance(places: Place[], place: Place, head: PageHead | undefined): void {
  const at = places.indexOf(place);
  if (head) places[at] = { ...place, head };
  else places.splice(at, 1);
}

/** Into numbers in falling order, each once. */
function insert(numbers: number[], one: number): void {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! > one) from = middle + 1;
    else to = middle;
  }
  if (numbers[from] !== one) numbers.splice(from, 0, one);
}
