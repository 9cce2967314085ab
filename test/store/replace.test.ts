import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openFile } from '../../src/store/open.ts';
import { replaceDatabase } from '../../src/store/replace.ts';
import type { Store } from '../../src/store/store.ts';
import { crashImage } from '../support/damage.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { root, runToEnd } from '../support/program.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** What was in the inbox of the one account there is. */
async function textsIn(store: Store): Promise<string[]> {
  const { account } = (await store.credentials('ann'))!;
  return (await store.inbox(account)).messages.map(({ text }) => text);
}

async function fill(folder: string, texts: readonly string[]): Promise<Store> {
  const store = openStore(folder);
  const { ann } = await addAccounts(store, 'ann');
  for (const text of texts) await store.addMessage({ sender: ann, recipient: 'ann', text, sentAt: 1 });
  return store;
}

const oldTexts = Array.from({ length: 50 }, (_, index) => `old ${index}`);
const newTexts = ['new'];
let old: string;
let fresh: string;

beforeEach(async () => {
  // Its accounts and messages are in its WAL, as a killed server leaves them.
  const running = tempFolder();
  const store = await fill(running, oldTexts);
  old = crashImage(running);
  await closeStore(store);
  const source = tempFolder();
  await closeStore(await fill(source, newTexts));
  fresh = join(source, 'benang.db');
  using db = new DatabaseSync(fresh);
  db.exec('PRAGMA journal_mode = DELETE');
});

const aside = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('replaced'));

/** Kills a replacement before its `step`-th change; says whether it was done with all of them before. */
async function replaceUntil(folder: string, step: number): Promise<boolean> {
  const incoming = join(folder, 'incoming.benang-tmp');
  copyFileSync(fresh, incoming);
  const program = join(root, 'test/support/replace-and-die.ts');
  const { code, stderr } = await runToEnd(process.execPath, [program, folder, incoming, String(step)], {
    env: cleanEnvironment(),
  });
  expect(stderr).toBe('');
  return code === 0;
}

describe('a replacement', () => {
  test('is there, and the old database is whole beside it', async () => {
    copyFileSync(fresh, join(old, 'incoming'));
    const kept = replaceDatabase(old, join(old, 'incoming'))!;
    expect(await textsIn(openStore(old))).toEqual(newTexts);
    using db = openFile(kept);
    const texts = db.prepare('SELECT text FROM message ORDER BY id').all();
    expect(texts.map(({ text }) => text)).toEqual(oldTexts);
  });

  test('killed at any step leaves the old database or the new one, whole', async () => {
    const outcomes: string[] = [];
    for (let step = 1, done = false; !done; step++) {
      const folder = crashImage(old);
      done = await replaceUntil(folder, step);
      const store = openStore(folder);
      const texts = await textsIn(store);
      expect([oldTexts, newTexts]).toContainEqual(texts);
      outcomes.push(texts[0] === 'new' ? 'new' : 'old');
      await closeStore(store);
      const kept = aside(folder);
      if (texts[0] === 'new') {
        using db = openFile(join(folder, kept.find((name) => name.endsWith('.db'))!));
        expect(db.prepare('SELECT count(*) AS n FROM message').get()).toEqual({ n: oldTexts.length });
      } else expect(kept).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
    }
    // Many steps, and one of them decides.
    expect(outcomes.length).toBeGreaterThan(8);
    expect(outcomes).toEqual(outcomes.toSorted().reverse());
    expect(new Set(outcomes).size).toBe(2);
  });

  test('into a folder without a database', async () => {
    const folder = tempFolder();
    copyFileSync(fresh, join(folder, 'incoming'));
    expect(replaceDatabase(folder, join(folder, 'incoming'))).toBeUndefined();
    expect(await textsIn(openStore(folder))).toEqual(newTexts);
  });
});
