import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Steps } from '../../../src/steps.ts';
import { BLOCK } from '../../../src/store/search/block.ts';
import { addAccounts, closeStore, openStore } from '../../support/store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** How long each piece of bringing words into pages has taken (ms). */
class Timed extends Steps {
  readonly took: number[] = [];
  onEnd = (): void => {};
  #name = '';
  #since = 0;

  override is(name: string, at?: number): number {
    const now = super.is(name, at);
    if (this.#name === 'words') this.took.push(now - this.#since);
    this.#name = name;
    this.#since = now;
    if (name === '') this.onEnd();
    return now;
  }
}

test('a busy main thread gives words a twenty-fifth of its time; what they are behind is found, and made up for when it is idle', async () => {
  const messages = 3 * BLOCK;
  const folder = tempFolder();
  const before = openStore(folder);
  const { ann, bob } = await addAccounts(before, 'ann', 'bob');
  await closeStore(before);
  using db = new DatabaseSync(join(folder, 'benang.db'));
  db.exec(`WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${messages})
    INSERT INTO message (sender, recipient, text, sent_at) SELECT ${ann.id}, ${bob.id}, 'kata ' || n, 1 FROM number`);
  const steps = new Timed();
  const began = performance.now();
  const store = openStore(folder, { messages: 1e6, bytes: 1e9 }, { steps });
  // The loop is never idle.
  while (steps.took.length < 20) await nextTurn();
  const elapsed = performance.now() - began;
  // Not the longest ones, for they may have waited for a processor outside of what is measured for the rest.
  const shorter = steps.took.toSorted((a, b) => a - b).slice(0, -4);
  expect(24 * shorter.reduce((sum, took) => sum + took, 0)).toBeLessThan(1.2 * elapsed);

  const search = async (words: string) => (await store.conversations.search(bob, words, 10)).messages;
  expect(await search('1')).toMatchObject([{ text: 'kata 1' }]);
  expect(await search(`${messages}`)).toMatchObject([{ text: `kata ${messages}` }]);
  const high = db.prepare('SELECT high FROM word_range');
  await new Promise<void>((resolve) => {
    steps.onEnd = () => {
      if (high.get()!.high !== messages) return;
      steps.onEnd = () => {};
      resolve();
    };
  });
  expect(await search(`${BLOCK + 1}`)).toMatchObject([{ text: `kata ${BLOCK + 1}` }]);
});
