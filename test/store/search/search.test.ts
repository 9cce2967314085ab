import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { problemsOf } from '../../../src/store/check.ts';
import { MessageLog } from '../../../src/store/message-log.ts';
import { schemaVersion } from '../../../src/store/schema.ts';
import { BLOCK } from '../../../src/store/search/block.ts';
import type { SearchResult } from '../../../src/store/search/hits.ts';
import type { Newest, Progress, SearchState } from '../../../src/store/search/search.ts';
import { Search } from '../../../src/store/search/search.ts';
import { Words } from '../../../src/store/search/words.ts';
import type { Account, Store } from '../../../src/store/store.ts';
import { queryOf } from '../../../src/words/query.ts';
import { finds, forgetWords, wordOf } from '../../support/searching.ts';
import { addAccounts, closeStore, openStore } from '../../support/store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const send = (store: Store, sender: Account, to: string, text: string) =>
  store.conversations.post({ sender, to, text, sentAt: 1 }) as Promise<number>;

const search = async (store: Store, account: Account, words: string, limit = 50) =>
  (await store.conversations.search(account, words, limit)).messages;

/** Opens a store, and resolves when all words are in pages that were stored before there were any. */
async function openFilled(folder: string): Promise<Store> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onLeft = (left: number): void => {
    if (left === 0) resolve();
  };
  const filling = { onLeft, onFailed: () => {} };
  const store = openStore(folder, { messages: 1e6, bytes: 1e9 }, { filling });
  await promise;
  return store;
}

/** As if an older version had stored what is there, and this one had had the time to bring its words into pages. */
async function inPages(store: Store, folder: string): Promise<Store> {
  await closeStore(store);
  forgetWords(folder);
  return openFilled(folder);
}

/** A search in a closed folder: what it finds, and how far it has come behind each piece. */
function stepsOf(
  folder: string,
  account: number,
  words: string,
): { result: SearchResult; steps: Progress[]; looks: Newest[] } {
  using db = new DatabaseSync(join(folder, 'benang.db'));
  const log = new MessageLog(db, () => {});
  const pieces = new Search(db, log, new Words(db, log, () => {}));
  const steps: Progress[] = [];
  const looks: Newest[] = [];
  for (let state: SearchState; ; ) {
    const piece = pieces.step(account, queryOf(words), 50, state);
    if ('done' in piece) return { result: piece.done, steps, looks };
    state = piece.next;
    if (state && 'progress' in state) steps.push(state.progress);
    if (state && 'newest' in state) looks.push(state.newest);
  }
}

function problemsIn(folder: string): string[] {
  using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  return problemsOf(db, schemaVersion);
}

describe('what one may not see costs one no hits', () => {
  test('messages of a blocked user, deleted ones, and those before one joined', async () => {
    const folder = tempFolder();
    let store = openStore(folder);
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await send(store, cid, 'ann', 'catatan penting');
    await store.conversations.block(ann, 'bob', true);
    await store.groups.add(bob, 'lab', undefined);
    for (let sent = 0; sent < 60; sent++) {
      await send(store, bob, 'ann', `catatan ${sent}`);
      await send(store, bob, '#lab', `catatan ${sent}`);
      await store.conversations.delete(cid, await send(store, cid, 'ann', `catatan ${sent}`), 2);
    }
    await store.groups.join(ann, 'lab');
    for (const round of ['in memory', 'in pages']) {
      if (round === 'in pages') store = await inPages(store, folder);
      expect([round, await search(store, ann, 'catatan')]).toMatchObject([
        round,
        [{ text: 'catatan penting' }],
      ]);
      expect(await search(store, bob, 'catatan', 1000)).toHaveLength(120);
    }
    await closeStore(store);
    expect(stepsOf(folder, ann.id, 'catatan').result.read).toBe(1);
  });

  test('of an old group who has just joined looks at nothing that was said before', async () => {
    const folder = tempFolder();
    let store = openStore(folder);
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    await store.groups.add(ann, 'old', undefined);
    await send(store, ann, 'bob', 'kata pertama');
    await Promise.all(Array.from({ length: 3000 }, (_, sent) => send(store, ann, '#old', `kata ${sent}`)));
    store = await inPages(store, folder);
    await store.groups.join(bob, 'old');
    await send(store, ann, '#old', 'kata baru');
    expect(await search(store, bob, 'kata')).toMatchObject([{ text: 'kata pertama' }, { text: 'kata baru' }]);
    await closeStore(store);
    expect(stepsOf(folder, bob.id, 'kata').result).toMatchObject({ pages: 1, read: 2 });
    // Whoever was there looks at no more than it takes to find 50.
    expect(stepsOf(folder, ann.id, 'kata').result).toMatchObject({ pages: expect.any(Number), read: 50 });
    expect(stepsOf(folder, ann.id, 'kata').result.pages).toBeLessThan(5);
  });
});

describe('a search takes many small steps', () => {
  test('however long ago the only hit was, and however common its words are', async () => {
    const folder = tempFolder();
    let store = openStore(folder);
    const { ann } = await addAccounts(store, 'ann');
    await send(store, ann, 'ann', 'a b dahulu');
    await Promise.all(Array.from({ length: 4000 }, (_, sent) => send(store, ann, 'ann', `a x b ${sent}`)));
    store = await inPages(store, folder);
    await closeStore(store);
    for (const words of ['dahulu', 'a-b', 'a b dahulu']) {
      const { result, steps } = stepsOf(folder, ann.id, words);
      expect(result).toMatchObject({ messages: [{ text: 'a b dahulu' }], notSearched: 0 });
      let before = { pages: 0, read: 0 };
      for (const { pages, read } of [...steps, result]) {
        expect(pages - before.pages).toBeLessThanOrEqual(50);
        expect(read - before.read).toBeLessThanOrEqual(50);
        before = { pages, read };
      }
      // Words that follow each other cannot be told from the pages alone, all others can.
      if (words !== 'a-b') expect(before.read).toBe(1);
      expect(before.pages).toBeGreaterThan(4000 / 26 - 50);
    }
  });

  test('and has an end: it says up to where it did not look', async () => {
    const folder = tempFolder();
    let store = openStore(folder);
    const { ann } = await addAccounts(store, 'ann');
    await send(store, ann, 'ann', 'a b');
    await Promise.all(Array.from({ length: 6000 }, () => send(store, ann, 'ann', 'a x b')));
    store = await inPages(store, folder);
    const result = await store.conversations.search(ann, 'a-b', 50);
    expect(result).toMatchObject({ messages: [], notSearched: 6001 - 5000, read: 5000 });
    expect((await store.conversations.search(ann, 'a b', 50)).messages).toHaveLength(50);
  });

  test('in two hundred groups as in one', async () => {
    const folder = tempFolder();
    let store = openStore(folder);
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    for (let group = 0; group < 200; group++) {
      await store.groups.add(bob, `group${group}`, undefined);
      await store.groups.join(ann, `group${group}`);
    }
    for (let sent = 0; sent < 400; sent++) await send(store, bob, `#group${sent % 200}`, `kabar ${sent}`);
    store = await inPages(store, folder);
    expect((await search(store, ann, 'kabar')).map(({ text }) => text)).toEqual(
      Array.from({ length: 50 }, (_, index) => `kabar ${350 + index}`),
    );
    await closeStore(store);
    expect(stepsOf(folder, ann.id, 'kabar').result.pages).toBeLessThan(60);
  });
});

test('what is in no page yet is found, however much that is, and a piece looks at no more than some of it', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
  await store.groups.add(bob, 'lab', undefined);
  await send(store, bob, '#lab', 'kata sebelum');
  await store.groups.join(ann, 'lab');
  await store.conversations.block(ann, 'cid', true);
  await send(store, ann, 'bob', 'kata pertama');
  await send(store, bob, 'ann', 'kata kedua');
  await send(store, bob, '#lab', 'kata ketiga');
  await send(store, cid, 'ann', 'kata tersembunyi');
  await closeStore(store);
  const others = 100_000;
  {
    using db = new DatabaseSync(join(folder, 'benang.db'));
    db.exec(`UPDATE message SET indexed = 1 WHERE id % 2 = 0;
      WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${others})
      INSERT INTO message (sender, recipient, text, sent_at) SELECT ${bob.id}, ${cid.id}, 'kata ' || n, 1 FROM number`);
  }
  const { result, looks } = stepsOf(folder, ann.id, 'kata');
  expect(result.messages.map(({ text }) => text)).toEqual(['kata pertama', 'kata kedua', 'kata ketiga']);
  expect(result).toMatchObject({ notSearched: 0, pages: 0, read: 3 });
  expect(looks.length).toBeLessThan(others / 2000 + 5);
  for (const words of ['kata', '99999']) {
    const { result, looks } = stepsOf(folder, bob.id, words);
    expect(result.messages.at(-1)?.text).toMatch(words === 'kata' ? 'kata 100000' : 'kata 99999');
    for (const [index, { above, own }] of looks.entries()) {
      const before = looks[index - 1];
      if (!before) continue;
      expect(before.above - above).toBeLessThanOrEqual(2000);
      if (before.own.length > 0) expect(before.own.length - own.length).toBeLessThanOrEqual(250);
    }
  }
});

test('the newest messages come into pages by themselves when there are many, and are found all the time', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      Array.from({ length: 2000 }, (_, sent) => send(store, ann, 'bob', `pesan r${round} ${sent}`)),
    );
    for (const who of [ann, bob]) {
      expect(await search(store, who, `r${round} 1999`)).toHaveLength(1);
      expect(await search(store, who, 'r0 7')).toHaveLength(1);
    }
  }
  using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  const high = db.prepare('SELECT high FROM word_range');
  while (high.get()!.high !== BLOCK) expect(await search(store, bob, 'r3 500')).toHaveLength(1);
  await closeStore(store);
  expect(problemsIn(folder)).toEqual([]);
  const again = openStore(folder);
  expect(await search(again, bob, 'r4 1999')).toHaveLength(1);
});

test('words that were deleted, edited or cleaned away are not in the file, and their room is used again', async () => {
  const folder = tempFolder();
  let store = openStore(folder);
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  const ids = await Promise.all(
    Array.from({ length: 300 }, (_, sent) => send(store, ann, 'bob', `${wordOf(sent + 1000)} biasa`)),
  );
  store = await inPages(store, folder);
  const pagesIn = (): unknown => {
    using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
    return db.prepare('SELECT count(*) AS pages, sum(owner = 0) AS free FROM word_page').get();
  };
  for (const id of ids.slice(0, 100)) await store.conversations.delete(ann, id, 2);
  for (const id of ids.slice(100, 130)) await store.conversations.edit(ann, id, 'tersunting', 2);
  for (const id of ids.slice(100, 110)) await store.conversations.edit(ann, id, 'lagi', 2);
  expect(await search(store, bob, 'tersunting')).toHaveLength(20);
  expect(await search(store, bob, 'lagi')).toHaveLength(10);
  expect(await search(store, ann, 'biasa', 1000)).toHaveLength(170);
  expect(await search(store, ann, wordOf(1120))).toEqual([]);
  await store.conversations.acknowledge(bob, Number.MAX_SAFE_INTEGER, 2);
  await closeStore(store);
  const there = (): number[] => {
    const file = readFileSync(join(folder, 'benang.db'), 'latin1');
    return ids.flatMap((_, index) => (file.includes(wordOf(index + 1000)) ? [index] : []));
  };
  expect(there()).toEqual(ids.map((_, index) => index).slice(130));
  store = openStore(folder);
  for (let from = 0; (await store.deleteRead(bob.id, 10, from)) > 0; from = 0);
  expect(await search(store, ann, 'biasa')).toEqual([]);
  await closeStore(store);
  expect(there()).toEqual([]);
  expect(problemsIn(folder)).toEqual([]);
  const { pages, free } = pagesIn() as { pages: number; free: number };
  expect(free).toBe(pages);
  store = openStore(folder);
  await Promise.all(Array.from({ length: BLOCK }, (_, sent) => send(store, ann, 'ann', `baru${sent} biasa`)));
  while (Number((pagesIn() as { free: number }).free) === free) await search(store, ann, 'baru1');
});

type Act =
  | { do: 'send'; from: number; to: number | 'g'; text: string }
  | { do: 'edit' | 'delete'; which: number; text: string }
  | { do: 'block' | 'join' | 'leave' | 'remove'; who: number; whom: number }
  | { do: 'restart' | 'forget' };

const text = fc.array(
  fc.constantFrom('satu', 'dua-tiga', 'makan', 'makanan', '北京', '京', "jum'at", 'x1', '👍'),
  { maxLength: 4 },
);
const who = fc.nat(2);
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      from: who,
      to: fc.oneof(who, fc.constant('g' as const)),
      text: text.map((words) => words.join(' ')),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('edit' as const, 'delete' as const),
      which: fc.nat(100),
      text: text.map((words) => words.join('-')),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('block' as const, 'join' as const, 'leave' as const),
      who,
      whom: who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'forget' as const) }) },
);

/** What the model knows of a message. */
interface Sent {
  readonly id: number;
  text: string | undefined;
  readonly readers: ReadonlySet<number>;
  readonly group: boolean;
}

test('whatever is sent, edited, deleted, blocked, joined and killed, everybody finds what they can see, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 10, maxLength: 60 }), async (all) => {
      const folder = tempFolder();
      let store = openStore(folder);
      const accounts = Object.values(await addAccounts(store, 'ann', 'bob', 'cid'));
      const sent: Sent[] = [];
      const blocked = new Set<string>();
      const members = new Map([[0, 0]]);
      await store.groups.add(accounts[0]!, 'g', undefined);
      for (const act of all) {
        if (act.do === 'send') {
          const { from, to } = act;
          const id = await send(store, accounts[from]!, to === 'g' ? '#g' : accounts[to]!.username, act.text);
          if (typeof id !== 'number') continue;
          const hidden = blocked.has(`${to} ${from}`);
          const readers = new Set(to === 'g' ? [] : hidden ? [from] : [from, to]);
          sent.push({ id, text: act.text, readers, group: to === 'g' });
        } else if (act.do === 'edit' || act.do === 'delete') {
          const one = sent[act.which];
          for (const account of one?.text === undefined ? [] : accounts) {
            const done =
              act.do === 'edit'
                ? await store.conversations.edit(account, one!.id, act.text, 2)
                : await store.conversations.delete(account, one!.id, 2);
            if (done === 'done') one!.text = act.do === 'edit' ? act.text : undefined;
          }
        } else if (act.do === 'block') {
          if (act.who === act.whom) continue;
          await store.conversations.block(accounts[act.who]!, accounts[act.whom]!.username, true);
          blocked.add(`${act.who} ${act.whom}`);
        } else if (act.do === 'join') {
          if ((await store.groups.join(accounts[act.who]!, 'g')) === 'joined')
            members.set(act.who, (await store.conversations.place(undefined, undefined)).since);
        } else if (act.do === 'leave') {
          // Not the last one, with whom it would end.
          if (act.who === 0) continue;
          if ((await store.groups.leave(accounts[act.who]!, 'g')) === 'left') members.delete(act.who);
        } else if (act.do === 'restart' || act.do === 'forget') {
          await closeStore(store);
          if (act.do === 'forget') forgetWords(folder);
          store = openStore(folder);
        }
      }
      for (const [index, account] of accounts.entries()) {
        for (const asked of [
          'satu',
          'dua',
          'dua-tiga',
          'tiga',
          'makan',
          '京',
          '北京',
          'jumat',
          'x',
          'satu makan',
          '👍',
        ]) {
          const { messages, notSearched } = await store.conversations.search(account, asked, 7);
          const visible = sent.filter(({ id, text: own, readers, group }) => {
            const sees = group ? id > (members.get(index) ?? Number.POSITIVE_INFINITY) : readers.has(index);
            return sees && own !== undefined && id > notSearched && finds(own, asked);
          });
          expect([asked, messages.map(({ id }) => id)]).toEqual([
            asked,
            visible.slice(-7).map(({ id }) => id),
          ]);
        }
      }
      await closeStore(store);
      expect(problemsIn(folder)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
