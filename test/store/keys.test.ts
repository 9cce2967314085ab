import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { databasePath } from '../../src/store/folder.ts';
import { KeyTable, MOST_GONE_KEYS } from '../../src/store/keys.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const post = (store: Store, sender: Account, to: string, key: string) =>
  store.conversations.post({ sender, to, text: 'x', sentAt: 1, key });
const everything = Number.MAX_SAFE_INTEGER;

describe('a message that was marked with a key', () => {
  test('is not stored again when it was read and deleted for its age, also behind a restart', async () => {
    const folder = tempFolder();
    const first = openStore(folder);
    const { ann, bob } = await addAccounts(first, 'ann', 'bob');
    await first.conversations.block(bob, 'ann', true);
    const hidden = await post(first, ann, 'bob', 'hidden');
    await first.conversations.block(bob, 'ann', false);
    const seen = await post(first, ann, 'bob', 'seen');
    await first.markRead(bob, everything, 2);
    while (await first.deleteRead(bob.id, 3, 3));
    expect(await first.conversations.status(ann, Number(seen))).toBeUndefined();
    expect(await post(first, ann, 'bob', 'seen')).toBe(seen);
    await closeStore(first);
    const second = openStore(folder);
    expect(await post(second, ann, 'bob', 'seen')).toBe(seen);
    expect(await post(second, ann, 'bob', 'hidden')).toBe(hidden);
    expect(await post(second, bob, 'ann', 'seen')).not.toBe(seen);
    expect((await second.inbox(bob)).messages).toEqual([]);
  });

  test('is not stored again when it was taken back, or is gone with its recipient or its group', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'g', undefined);
    const taken = await post(store, ann, 'cid', 'taken');
    await store.conversations.delete(ann, Number(taken), 2);
    while (await store.deleteRead(cid.id, 3, 3));
    const toBob = await post(store, ann, 'bob', 'to bob');
    const toGroup = await post(store, ann, '#g', 'to g');
    await store.changeAccount('bob', { state: 'removed' });
    await store.groups.leave(ann, 'g');
    for (const when of ['before', 'behind']) {
      expect(await post(store, ann, 'cid', 'taken')).toBe(taken);
      expect(await post(store, ann, 'bob', 'to bob')).toBe(toBob);
      expect(await post(store, ann, '#g', 'to g')).toBe(toGroup);
      if (when === 'behind') break;
      while (await store.clearInbox(bob.id));
      while (await store.clearGroups());
    }
    expect(await post(store, ann, 'bob', 'new')).toBe('no such recipient');
  });
});

test('of messages that are gone the last keys of each sender are remembered, and none of one who was removed', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  await closeStore(store);
  const db = new DatabaseSync(databasePath(folder));
  const keys = new KeyTable(db);
  db.exec('BEGIN');
  keys.keep(bob.id, 'k1', 7);
  for (let number = 1; number <= MOST_GONE_KEYS + 5; number++) keys.keep(ann.id, `k${number}`, number);
  db.exec('COMMIT');
  expect(keys.messageOf(ann.id, 'k5')).toBeUndefined();
  expect(keys.messageOf(ann.id, 'k6')).toBe(6);
  expect(keys.messageOf(ann.id, `k${MOST_GONE_KEYS + 5}`)).toBe(MOST_GONE_KEYS + 5);
  expect(keys.messageOf(bob.id, 'k1')).toBe(7);
  db.close();
  const again = openStore(folder);
  await again.changeAccount('ann', { state: 'removed' });
  while (await again.clearInbox(ann.id));
  await closeStore(again);
  using left = new DatabaseSync(databasePath(folder));
  expect(left.prepare('SELECT sender, key FROM gone_key').all()).toEqual([{ sender: bob.id, key: 'k1' }]);
});
