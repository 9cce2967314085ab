import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { MessageLog } from '../../../src/store/message-log.ts';
import { migrate } from '../../../src/store/schema.ts';
import { BLOCK, BLOCK_UNITS } from '../../../src/store/search/block.ts';
import { Words } from '../../../src/store/search/words.ts';
import { MOST_UNITS } from '../../../src/words/fold.ts';
import { wordOf } from '../../support/searching.ts';

let db: DatabaseSync;
let undoSteps: (() => void)[];
let log: MessageLog;

const undo = (step: () => void): void => void undoSteps.push(step);

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  migrate(db, 0);
  undoSteps = [];
  db.exec(`WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 3000)
    INSERT INTO account (id, username, nama, negara, password_hash) SELECT n, 'user' || n, 'X', 'Y', '' FROM number`);
  log = new MessageLog(db, undo);
});

function send(sender: number, recipient: number, text: string): number {
  const bytes = Buffer.byteLength(text);
  return log.append({ sender, recipient, group: null, text, bytes, sentAt: 1, hidden: false, key: undefined })
    .id;
}

const countOf = (sql: string): number => Number(db.prepare(sql).get()!.n);
const pages = (): number => countOf('SELECT count(*) AS n FROM word_page WHERE owner <> 0');
const changes = (): number => countOf('SELECT total_changes() AS n');
const all = (): unknown[] =>
  db.prepare('SELECT owner, last, messages, words FROM word_page ORDER BY owner, last').all();

/** As if there had been no pages when those messages were stored. */
function older(): Words {
  db.prepare('UPDATE word_range SET (low, high, next_low, next_high) = (:at, :at, :at, :at)').run({
    at: log.last,
  });
  return new Words(db, log, undo);
}

describe('a step', () => {
  test('looks at 512 messages, or at a few long ones', () => {
    const looks = (words: Words): number => {
      let steps = 0;
      for (; !words.writes; steps++) words.work();
      return steps;
    };
    for (let sent = 0; sent < BLOCK; sent++) send(1, 2, `short ${sent}`);
    expect(looks(new Words(db, log, undo))).toBe(BLOCK / 512);
    for (let sent = 0; sent < BLOCK_UNITS / MOST_UNITS; sent++) send(1, 2, 'ยาว'.repeat(20_000));
    db.exec(`UPDATE word_range SET (high, next_high) = (${BLOCK}, ${BLOCK})`);
    expect(looks(new Words(db, log, undo))).toBe(BLOCK_UNITS / MOST_UNITS / 2);
  });

  test('writes some pages, whoever the messages are of and however many there are', () => {
    // Everybody writes to one, so that all pages but that one's have one message.
    for (let sent = 0; sent < 2900; sent++) send(2 + sent, 1, `satu dua ${sent}`);
    const words = older();
    while (!words.atRest) {
      const before = pages();
      words.work();
      expect(pages() - before).toBeLessThanOrEqual(40);
    }
    expect(pages()).toBe(2900 + Math.ceil(2900 / 26));
    expect(words.range).toEqual({ low: 0, high: 2900, nextLow: 0, nextHigh: 2900 });
  });

  test('takes what is together out of a page at once', () => {
    for (let sent = 0; sent < 260; sent++) send(1, 2, wordOf(sent));
    const words = older();
    while (!words.atRest) words.work();
    const parties = Array.from({ length: 200 }, (_, index) => {
      return { id: index + 1, sender: 1, recipient: 2, groupId: null, hidden: false };
    });
    const before = changes();
    words.remove(parties);
    expect(changes() - before).toBe(2 * Math.ceil(200 / 26));
    words.remove(parties);
    expect(changes() - before).toBe(2 * Math.ceil(200 / 26));
    expect(JSON.stringify(all())).not.toMatch(new RegExp(`(${wordOf(0)}|${wordOf(199)})[A-Z]`));
    expect(JSON.stringify(all())).toMatch(new RegExp(`${wordOf(200)}[A-Z]`));
  });

  test('that is undone can be done again, and all is as if it had been done once', () => {
    for (let sent = 0; sent < 2500; sent++) send(1 + (sent % 40), 1 + (sent % 7), `${wordOf(sent)} x`);
    const message = (id: number) => {
      const sent = id - 1;
      return { id, sender: 1 + (sent % 40), recipient: 1 + (sent % 7), groupId: null, hidden: false };
    };
    let pieces = 0;
    const run = (undone: number): unknown[] => {
      db.exec(`DELETE FROM word_page; UPDATE message SET text = '${wordOf(5)} x' WHERE id = 6;
        UPDATE message SET deleted_at = NULL WHERE id = 46`);
      const words = older();
      const others = [
        {
          from: 60,
          piece: () => {
            db.exec(`UPDATE message SET text = 'tersunting' WHERE id = 6`);
            words.change({ ...message(6), text: 'tersunting' });
          },
        },
        {
          from: 120,
          piece: () => {
            db.exec(`UPDATE message SET deleted_at = 2 WHERE id = 46`);
            words.remove([message(46)]);
          },
        },
      ];
      for (pieces = 0; !words.atRest; pieces++) {
        const [other] = others;
        const isOthers = other && pages() >= other.from;
        if (isOthers) others.shift();
        const piece = isOthers ? other.piece : () => words.work();
        if (pieces === undone) {
          db.exec('BEGIN');
          undoSteps = [];
          piece();
          db.exec('ROLLBACK');
          for (const step of undoSteps.reverse()) step();
        }
        piece();
      }
      expect(others).toEqual([]);
      return all();
    };
    const once = run(-1);
    const count = pieces;
    expect(count).toBeGreaterThan(8);
    for (let undone = 0; undone < count; undone++) expect(run(undone)).toEqual(once);
  });
});

test('whoever is killed in the middle of a block goes on with those who have no page of it', () => {
  for (let sent = 0; sent < 500; sent++) send(1 + (sent % 100), 101 + (sent % 97), wordOf(sent));
  let words = older();
  let killed = 0;
  while (!words.atRest) {
    words.work();
    if (pages() > 40 * (killed + 1)) {
      killed++;
      words = new Words(db, log, undo);
    }
  }
  expect(killed).toBeGreaterThan(3);
  const listed = db
    .prepare('SELECT words FROM word_page')
    .all()
    .flatMap(({ words }) => String(words).match(/kata[a-j]+/g) ?? []);
  // Once for its sender, once for its recipient.
  expect(listed.sort()).toEqual(Array.from({ length: 1000 }, (_, index) => wordOf(index >> 1)).sort());
});
