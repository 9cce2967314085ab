import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/*
 * Numbers of messages tell a listener where to go on only in the database that has given them. When a backup takes its place, or an older
 * copy of the file, the same numbers may be given again, to other messages. So each time that a database is opened to be written to it
 * is another incarnation of it, with a random id, and the database knows all that it is made of, in order: its line.
 *
 * A listener is told the line, as one word, and gives it back with the last number that it has heard. Where the two lines part tells what
 * it has heard of this database: no more than what was there then.
 */

/** So many are remembered; whoever comes from before that has heard of numbers only. */
const MOST_REMEMBERED = 20_000;
/** In a word: so many of the last ones, and of the others fewer and fewer. */
const LAST_ONES = 8;
const MOST_IN_WORD = 64;
const PART = /^[\w-]{1,16}$/;
const NUMBER = /^\d{1,15}$/;
/** A line of lost incarnations is followed so far. */
const MOST_LOST = 1000;

/** `sure` is false when it cannot be known whether something was missed. */
export interface Place {
  /** Of all that has a number up to this, and is in this database, the listener has heard. */
  readonly since: number;
  readonly sure: boolean;
}

interface Heard {
  readonly id: string;
  /** Of this incarnation it has heard up to this number. */
  readonly upTo: number;
}

/** The database is opened to be written to. Call it before any number is given, once in a durable transaction. */
export function beginIncarnation(db: DatabaseSync): void {
  const { base, last } = db
    .prepare(`SELECT max(coalesce((SELECT max(id) FROM message), 0), coalesce((SELECT max(number) FROM change), 0)) AS base,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0) AS last`)
    .get() as { base: number; last: number };
  const id = randomBytes(6).toString('base64url');
  const { lastInsertRowid: place } = db
    .prepare('INSERT INTO incarnation (id, base, first) VALUES (?, ?, ?)')
    .run(id, base, last + 1);
  db.prepare('DELETE FROM incarnation WHERE place <= ?').run(Number(place) - MOST_REMEMBERED);
}

/** The line of an open database. */
export class Incarnations {
  readonly #sql;
  /** What a listener is told. */
  readonly word: string;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
    this.word = this.#line();
  }

  /** Where a listener is in this database that has heard up to `since` in the one whose word it has. */
  place(since: number, word: string): Place {
    const heard = parse(since, word);
    const oldest = heard?.at(-1);
    if (!oldest) return { since, sure: since === 0 };
    for (const one of heard!) {
      const common = this.#common(one);
      if (common !== undefined) return { since: common, sure: true };
    }
    // They have nothing in common but what was there before there were incarnations, if that is the same.
    const common = Math.min(oldest.upTo, this.#sql.oldest.get()!.base as number);
    return { since: common, sure: common === 0 };
  }

  /** Undefined when the incarnation is not known. */
  #common({ id, upTo }: Heard): number | undefined {
    let [at, number] = [id, upTo];
    for (let steps = 0; steps < MOST_LOST; steps++) {
      const own = this.#sql.own.get(at);
      if (own) {
        const next = this.#sql.next.get(own.place as number);
        return next ? Math.min(number, Number(next.first) - 1) : number;
      }
      const lost = this.#sql.lost.get(at) as { parent: string | null; base: number } | undefined;
      if (lost?.parent == null) return undefined;
      [at, number] = [lost.parent, Math.min(number, lost.base)];
    }
    return undefined;
  }

  /** ID.N.ID.N…: incarnations, the last one first, each with the number up to which what came before it is known to who knows it. */
  #line(): string {
    const all = this.#sql.all.all() as { id: string; base: number }[];
    const parts: string[] = [];
    for (let place = all.length - 1, step = 1; place >= 0; ) {
      const next = place === 0 ? -1 : Math.max(0, place - step);
      // The number belongs to the one that is named next, and is what the one behind that has begun with.
      parts.push(all[place]!.id, String(all[next + 1]!.base));
      place = next;
      if (all.length - place > LAST_ONES) step *= 2;
    }
    return parts.join('.');
  }
}

/** Undefined when it is no such word. */
function parse(since: number, word: string): Heard[] | undefined {
  const parts = word.split('.');
  if (parts.length % 2 !== 0 || parts.length > 2 * MOST_IN_WORD) return undefined;
  const heard: Heard[] = [];
  let upTo = since;
  for (let at = 0; at < parts.length; at += 2) {
    const [id, base] = [parts[at]!, parts[at + 1]!];
    if (!PART.test(id) || !NUMBER.test(base)) return undefined;
    heard.push({ id, upTo });
    upTo = Math.min(upTo, Number(base));
  }
  // What was there before the first one.
  heard.push({ id: '', upTo });
  return heard;
}

/** What can be known of a database that is to be replaced. */
export interface Replaced {
  /** The last number that it may have given, as far as that can be read, and whether it can. */
  readonly last: number;
  readonly isLast: boolean;
  readonly lost: readonly { readonly id: string; readonly parent: string | null; readonly base: number }[];
}

/** Looks at what can be read of a database, which may be damaged or of any version. */
export function lookAtReplaced(db: DatabaseSync): Replaced {
  const rows = (sql: string): Readonly<Record<string, unknown>>[] => {
    try {
      return db.prepare(sql).all();
    } catch {
      return [];
    }
  };
  const numbers = (of: string) => rows(`SELECT max(${of}`).map(({ last }) => Number(last ?? 0));
  const given = numbers(`seq) AS last FROM sqlite_sequence WHERE name = 'message'`);
  const found = [...numbers('id) AS last FROM message'), ...numbers('number) AS last FROM change')];
  const own = rows('SELECT id, base FROM incarnation ORDER BY place') as { id: string; base: number }[];
  const lost = rows(
    'SELECT id, parent, base FROM lost_incarnation ORDER BY place',
  ) as Replaced['lost'][number][];
  return {
    last: Math.max(0, ...given, ...found),
    isLast: given.length > 0,
    lost: [...lost, ...own.map(({ id, base }, index) => ({ id, parent: own[index - 1]?.id ?? null, base }))],
  };
}

/** Nobody knows how many numbers a database has given that cannot be read; in so many there is room for years of messages. */
const UNKNOWN_MANY = 100_000_000;

/**
 * Makes a database, which is to take the place of `replaced` and may be of an earlier version, go on behind its numbers and
 * remember what it was. A step of a transaction.
 */
export function goOnBehind(db: DatabaseSync, { last, isLast, lost }: Replaced): void {
  const { seq } = db.prepare(`SELECT max(seq) AS seq FROM sqlite_sequence WHERE name = 'message'`).get()!;
  const next = Math.max(Number(seq ?? 0), last) + (isLast ? 0 : UNKNOWN_MANY);
  if (seq === null) db.prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)`).run(next);
  else db.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'message'`).run(next);
  if (!db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'lost_incarnation'`).get()) return;
  const add = db.prepare(`INSERT OR IGNORE INTO lost_incarnation (id, parent, base) SELECT ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM incarnation WHERE id = ?)`);
  for (const { id, parent, base } of lost) add.run(id, parent, base, id);
  db.prepare('DELETE FROM lost_incarnation WHERE place <= (SELECT max(place) FROM lost_incarnation) - ?').run(
    MOST_REMEMBERED,
  );
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    all: sql('SELECT id, base FROM incarnation ORDER BY place'),
    own: sql('SELECT place FROM incarnation WHERE id = ?'),
    next: sql('SELECT first FROM incarnation WHERE place > ? ORDER BY place LIMIT 1'),
    oldest: sql('SELECT base FROM incarnation ORDER BY place LIMIT 1'),
    lost: sql('SELECT parent, base FROM lost_incarnation WHERE id = ?'),
  };
}
