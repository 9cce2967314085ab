import type { DatabaseSync } from 'node:sqlite';
import { fold } from '../../words/fold.ts';
import { havingAll } from '../../words/page.ts';
import { matches, type Query } from '../../words/query.ts';
import { tokensOf } from '../../words/tokens.ts';
import type { Message } from '../conversations.ts';
import type { Piece } from '../group-commit.ts';
import { type MessageLog, type MessageRow, toMessage } from '../message-log.ts';
import { INBOX_UNITS, MESSAGE_UNITS } from '../store.ts';
import type { Entry } from './gathered.ts';
import { ownerOfGroup, type PageOwner } from './owners.ts';
import type { PageHead } from './pages.ts';
import type { Words } from './words.ts';

/** In one piece, a millisecond or two: so many pages, so much of them for each term (UTF-16 units), so many messages, so much of their texts. */
const PAGES_AT_ONCE = 50;
const UNITS_AT_ONCE = 512 * 1024;
const MESSAGES_AT_ONCE = 50;
const TEXT_AT_ONCE = 8 * 1024;
/** In one search: about half a million messages of one's own, and so many of which each has to be read to tell. */
const MOST_PAGES = 20_000;
const MOST_READ = 5000;

/** What was found, oldest first. */
export interface SearchResult {
  readonly messages: readonly Message[];
  /** 0, or the number up to which nothing was looked at: the words of those messages cannot be found yet, or there was too much to look at. */
  readonly notSearched: number;
  /** How many pages of words and messages were looked at. */
  readonly pages: number;
  readonly read: number;
}

const NOTHING: SearchResult = { messages: [], notSearched: 0, pages: 0, read: 0 };

/** An owner whose pages are looked through, newest first. */
interface Place {
  readonly owner: PageOwner;
  /** The searcher sees what is behind this number. */
  readonly above: number;
  /** The page that comes next. */
  readonly head: PageHead;
}

interface Owned {
  readonly owner: PageOwner;
  readonly above: number;
}

/** How far a search has come: all that is newer than what is left in `places` and `candidates` has been looked at. */
export interface Progress {
  readonly places: readonly Place[];
  /** What has all the terms and has not been read yet: numbers, the newest first. */
  readonly candidates: readonly number[];
  /** Newest first. */
  readonly found: readonly Message[];
  /** Of their texts, see MESSAGE_UNITS. */
  readonly units: number;
  readonly pages: number;
  readonly read: number;
}

/** In the order in which they come. */
export type SearchState =
  | undefined
  | { readonly lookUpTo: number }
  | { readonly entries: readonly Entry[]; readonly from: number; readonly candidates: readonly number[] }
  | { readonly low: number; readonly progress: Progress };

/**
 * Finds messages by their words, in pieces. The words of the newest messages are in memory, then come the pages of one's own: those of one's
 * direct messages and those of each group, from where one joined it, whichever has the newest message next. So nobody's search looks at
 * what others have said, at what is hidden from them or at what was said before they came.
 */
export class Search {
  readonly #memberships;
  readonly #log: MessageLog;
  readonly #words: Words;

  constructor(db: DatabaseSync, log: MessageLog, words: Words) {
    this.#memberships = db.prepare('SELECT group_id, joined_after FROM member WHERE account = ?');
    this.#log = log;
    this.#words = words;
  }

  /** Looks a bit further for the newest messages, at most `limit`, that fit and that the account may see. */
  step(account: number, query: Query, limit: number, state: SearchState): Piece<SearchState, SearchResult> {
    if (query.terms.length === 0) return { done: NOTHING };
    if (state === undefined) return { next: { lookUpTo: this.#log.last } };
    if ('lookUpTo' in state) return { next: this.#look(state.lookUpTo) };
    if ('entries' in state) return { next: this.#newest(account, query, state) };
    return this.#pages(account, query, limit, state);
  }

  #look(upTo: number): SearchState {
    if (this.#words.look(upTo)) return { lookUpTo: upTo };
    return { entries: this.#words.gathered.between(this.#words.range.high, upTo), from: 0, candidates: [] };
  }

  #newest(
    account: number,
    { terms }: Query,
    { entries, from, candidates }: Extract<SearchState, { entries: unknown }>,
  ): SearchState {
    const own = this.#ownedBy(account);
    const above = new Map(own.map((one) => [one.owner, one.above]));
    const found = [...candidates];
    let units = 0;
    for (let at = from; at < entries.length; at++) {
      const { id, owners, page } = entries[at]!;
      if (!owners.some((owner) => id > (above.get(owner) ?? Number.POSITIVE_INFINITY))) continue;
      if (units > UNITS_AT_ONCE) return { entries, from: at, candidates: found };
      units += page.length * terms.length;
      if (havingAll(page, terms)) found.unshift(id);
    }
    const { low } = this.#words.range;
    const places = own.flatMap(({ owner, above }) => this.#placeOf(owner, Math.max(above, low)) ?? []);
    return { low, progress: { places, candidates: found, found: [], units: 0, pages: 0, read: 0 } };
  }

  #placeOf(owner: PageOwner, above: number): Place | undefined {
    const head = this.#words.pages.last(owner, above, Number.MAX_SAFE_INTEGER);
    return head && { owner, above, head };
  }

  #pages(
    account: number,
    query: Query,
    limit: number,
    { low, progress }: Extract<SearchState, { progress: unknown }>,
  ): Piece<SearchState, SearchResult> {
    const places = [...progress.places];
    const candidates = [...progress.candidates];
    const found = [...progress.found];
    let { units, pages, read } = progress;
    let [text, scanned] = [0, 0];
    const goOn = () => ({ next: { low, progress: { places, candidates, found, units, pages, read } } });
    const done = (notSearched: number) => {
      return { done: { messages: found.reverse(), notSearched, pages, read } };
    };
    for (;;) {
      const newest = newestOf(places);
      const bound = newest?.head.last ?? 0;
      while (candidates.length > 0 && candidates[0]! > bound) {
        if (read >= MOST_READ && query.phrases.length > 0) return done(candidates[0]!);
        if (read - progress.read >= MESSAGES_AT_ONCE || text >= TEXT_AT_ONCE) return goOn();
        const row = this.#log.row(candidates.shift()!);
        read++;
        text += row?.text.length ?? 0;
        if (!row || !this.#fits(row, account, query)) continue;
        units += row.text.length + MESSAGE_UNITS;
        if (found.length > 0 && units > INBOX_UNITS) return done(0);
        found.push(toMessage(row));
        if (found.length === limit) return done(0);
      }
      if (!newest) return done(low);
      if (pages >= MOST_PAGES) return done(bound);
      if (pages - progress.pages >= PAGES_AT_ONCE || scanned >= UNITS_AT_ONCE) return goOn();
      const { messages, words } = this.#words.pages.read(newest.head);
      pages++;
      scanned += words.length * query.terms.length;
      const fitting = havingAll(words, query.terms);
      for (const [place, id] of messages.entries()) {
        if (fitting & (1 << place) && id > newest.above) insert(candidates, id);
      }
      advance(places, newest, this.#words.pages.before(newest.owner, newest.above, newest.head));
    }
  }

  /** It has all the terms. */
  #fits(row: MessageRow, account: number, query: Query): boolean {
    if (row.deletedAt !== null || (row.hidden && row.sender !== account)) return false;
    if (row.groupId !== null && row.group === null) return false;
    return query.phrases.length === 0 || matches(query, tokensOf(fold(row.text)));
  }

  #ownedBy(account: number): Owned[] {
    const groups = this.#memberships.all(account).map(({ group_id, joined_after }) => {
      return { owner: ownerOfGroup(Number(group_id)), above: Number(joined_after) };
    });
    return [{ owner: account, above: 0 }, ...groups];
  }
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
