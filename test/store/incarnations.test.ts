import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ListenerPlace, Missed } from '../../src/store/conversations.ts';
import { goOnBehind, lookAtReplaced } from '../../src/store/incarnations.ts';
import type { Store } from '../../src/store/store.ts';
import { crashImage } from '../support/damage.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = tempFolder();
  store = openStore(folder);
  await addAccounts(store, 'ann', 'bob');
});

/** Bob writes to Ann; returns the number. */
async function send(text: string): Promise<number> {
  const { account } = (await store.credentials('bob'))!;
  return (await store.addMessage({ sender: account, recipient: 'ann', text, sentAt: 1 })) as number;
}

async function sendMany(count: number, text: string): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, number) => send(`${text} ${number}`)));
}

/** A listener of Ann's that is away between two looks. */
class Ear {
  #since: number | undefined;
  #incarnation: string | undefined;
  last: ListenerPlace | undefined;
  /** By their texts. */
  readonly heard: string[] = [];

  /** Hears all that it has missed. Returns how much that was. */
  async listen(): Promise<number> {
    this.last = await store.conversations.place(this.#since ?? 0, this.#incarnation);
    const before = this.heard.length;
    const { account } = (await store.credentials('ann'))!;
    this.#since = this.last.since;
    this.#incarnation = this.last.incarnation;
    for (let complete = false; !complete; ) {
      await store.conversations.missed(account.id, this.#since!, (missed: Missed) => {
        for (const { message } of missed.kept) this.heard.push(message.text);
        this.#since = missed.upTo;
        complete = missed.complete;
      });
    }
    return this.heard.length - before;
  }

  get twice(): number {
    return this.heard.length - new Set(this.heard).size;
  }
}

async function restart(): Promise<void> {
  await closeStore(store);
  store = openStore(folder);
}

/** Copies the database while it goes on, as a backup does. */
async function copy(): Promise<string> {
  const path = join(tempFolder(), 'copy.db');
  writeFileSync(path, '');
  await store.backup(path, {});
  return path;
}

/** Puts a copy in the place of the database, by hand. */
async function putBack(path: string): Promise<void> {
  await closeStore(store);
  copyFileSync(path, join(folder, 'benang.db'));
  store = openStore(folder);
}

/** The same as benang restore does it. */
async function restore(path: string): Promise<void> {
  await closeStore(store);
  const fresh = join(tempFolder(), 'fresh.db');
  copyFileSync(path, fresh);
  using replaced = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  using db = new DatabaseSync(fresh);
  goOnBehind(db, lookAtReplaced(replaced));
  replaced.close();
  db.close();
  copyFileSync(fresh, join(folder, 'benang.db'));
  store = openStore(folder);
}

describe('who listens again', () => {
  test('behind restarts and crashes goes on where it was', async () => {
    const ear = new Ear();
    for (let round = 0; round < 30; round++) {
      await send(`a ${round}`);
      expect(await ear.listen()).toBe(1);
      await send(`b ${round}`);
      if (round % 2) await restart();
      else {
        const image = crashImage(folder);
        await closeStore(store);
        folder = image;
        store = openStore(folder);
      }
      expect(await ear.listen()).toBe(1);
      expect(ear.last!.sure).toBe(true);
    }
    expect([ear.heard.length, ear.twice]).toEqual([60, 0]);
  });

  test.each([
    ['restored', restore],
    ['copied by hand', putBack],
  ])('a copy that is %s: hears all that is new, and nothing twice', async (_, putInPlace) => {
    for (const [lost, after] of [
      [50, 30],
      [1500, 30],
      [1500, 900],
    ] as const) {
      const ear = new Ear();
      await send(`kept ${lost} ${after}`);
      const backup = await copy();
      await ear.listen();
      await sendMany(lost, `lost ${lost} ${after}`);
      expect(await ear.listen()).toBe(lost);
      await putInPlace(backup);
      await sendMany(after, `new ${lost} ${after}`);
      expect(await ear.listen()).toBe(after);
      expect([ear.twice, ear.last!.sure]).toEqual([0, true]);
      // Somebody who had not heard of it before hears what is in the copy as well.
      const late = new Ear();
      await late.listen();
      expect(late.heard).toContain(`kept ${lost} ${after}`);
    }
  });

  test('twice restored, and what was restored restored', async () => {
    const ear = new Ear();
    await send('kept');
    await ear.listen();
    const first = await copy();
    await sendMany(20, 'lost');
    await ear.listen();
    await restore(first);
    await sendMany(10, 'second life');
    expect(await ear.listen()).toBe(10);
    const second = await copy();
    await sendMany(10, 'lost again');
    await ear.listen();
    await restore(second);
    await sendMany(5, 'third life');
    expect(await ear.listen()).toBe(5);
    await restore(first);
    await restore(first);
    await sendMany(3, 'fourth life');
    expect(await ear.listen()).toBe(3);
    expect(ear.twice).toBe(0);
  });

  test.each([
    [0, 'restored', restore],
    [40, 'restored', restore],
    [0, 'copied by hand', putBack],
    [40, 'copied by hand', putBack],
  ])(
    'a newer copy, found %d starts later and %s, brings back what a listener of the older one has not heard',
    async (starts, _, putInPlace) => {
      const [ear, quiet] = [new Ear(), new Ear()];
      await send('kept');
      await quiet.listen();
      const older = await copy();
      await sendMany(20, 'found again');
      await ear.listen();
      const newer = await copy();
      await putInPlace(older);
      await send('in between');
      for (let start = 0; start < starts; start++) await restart();
      await quiet.listen();
      await ear.listen();
      await putInPlace(newer);
      await send('new');
      // It had never heard of what was found again.
      expect(await quiet.listen()).toBe(21);
      expect(quiet.twice).toBe(0);
      await ear.listen();
      expect(new Set(ear.heard)).toEqual(new Set(quiet.heard));
    },
    60_000,
  );

  test('another database: hears all of it, for it has heard nothing', async () => {
    const ear = new Ear();
    await sendMany(20, 'here');
    await ear.listen();
    folder = tempFolder();
    store = openStore(folder);
    await addAccounts(store, 'ann', 'bob');
    await sendMany(5, 'there');
    expect(await ear.listen()).toBe(5);
    expect(ear.last!.sure).toBe(true);
  });

  test('with many restarts behind the copy its word stays short; a restore knows where the lines part, and a copy by hand misses nothing', async () => {
    const ear = new Ear();
    for (let round = 0; round < 20; round++) {
      await send(`kept ${round}`);
      await restart();
    }
    await ear.listen();
    const backup = await copy();
    for (let round = 0; round < 40; round++) {
      await send(`lost ${round}`);
      await restart();
    }
    expect(await ear.listen()).toBe(40);
    expect(ear.last!.incarnation.length).toBeLessThan(300);
    await restore(backup);
    await send('new');
    expect(await ear.listen()).toBe(1);
    expect(ear.twice).toBe(0);
    for (let round = 0; round < 30; round++) await restart();
    await ear.listen();
    await putBack(backup);
    await send('newer');
    await ear.listen();
    expect(ear.heard).toContain('newer');
  }, 60_000);

  test('a number alone counts as this database’s, and beyond the last one as doubtful', async () => {
    const place = (since: number, word?: string) => store.conversations.place(since, word);
    const last = await send('x');
    const { incarnation } = await place(0);
    expect(await place(last)).toEqual({ since: last, incarnation, sure: true });
    expect(await place(last + 5)).toEqual({ since: last, incarnation, sure: false });
    expect(await store.conversations.place(undefined, undefined)).toEqual({
      since: last,
      incarnation,
      sure: true,
    });
    for (const word of [
      'x',
      'x.y',
      '',
      '.',
      'a.1.',
      '..',
      `${'a.1.'.repeat(100)}a.1`,
      'a b.1',
      'é.1',
      `a.${'9'.repeat(20)}`,
    ]) {
      expect(await place(last, word)).toEqual({ since: last, incarnation, sure: false });
      expect(await place(0, word)).toEqual({ since: 0, incarnation, sure: true });
    }
  });

  test('from a database of before there were incarnations', async () => {
    await sendMany(10, 'old');
    await closeStore(store);
    using db = new DatabaseSync(join(folder, 'benang.db'));
    db.exec('DELETE FROM incarnation');
    db.close();
    store = openStore(folder);
    const ear = new Ear();
    expect(await ear.listen()).toBe(10);
    const backup = await copy();
    await send('lost');
    await ear.listen();
    await closeStore(store);
    // What is put in its place is of that earlier version too, and nobody can tell whether it is of the same.
    copyFileSync(backup, join(folder, 'benang.db'));
    using again = new DatabaseSync(join(folder, 'benang.db'));
    again.exec('DELETE FROM incarnation');
    again.close();
    store = openStore(folder);
    await send('new');
    expect(await ear.listen()).toBe(1);
    expect(ear.last!.sure).toBe(false);
  });
});

describe('numbers of what a restore has lost', () => {
  test('are given to nothing else, also where the replaced database is damaged', async () => {
    await send('kept');
    const backup = await copy();
    await sendMany(1200, 'lost');
    const lost = await send('the last one');
    await closeStore(store);
    const seen = { last: 0, isLast: false, lost: [] };
    using db = new DatabaseSync(backup);
    goOnBehind(db, seen);
    const { seq } = db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'message'`).get()!;
    expect(Number(seq)).toBeGreaterThan(lost + 1e7);
    db.close();
    copyFileSync(backup, join(folder, 'benang.db'));
    store = openStore(folder);
    expect(await send('new')).toBe(Number(seq) + 1);
  });

  test('a database that was never written to has none', async () => {
    using empty = new DatabaseSync(':memory:');
    expect(lookAtReplaced(empty)).toEqual({ last: 0, isLast: false, lost: [] });
    await closeStore(store);
    using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
    expect(lookAtReplaced(db)).toMatchObject({ last: 0, isLast: true });
    db.close();
    store = openStore(folder);
  });
});
