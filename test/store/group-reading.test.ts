import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { problemsOf } from '../../src/store/check.ts';
import { databasePath } from '../../src/store/folder.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import type { Account, InboxLimits, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const END = Number.MAX_SAFE_INTEGER;
const LIMITS = { messages: 4, bytes: 100 };
const GROUP = 1;

const send = (store: Store, sender: Account, text: string, to = '#g') =>
  store.conversations.post({ sender, to, text, sentAt: 1 });
const index = (store: Store) => store.deleteRead(0, 0, 0);
const read = (store: Store, account: Account, upTo = END) =>
  store.conversations.acknowledge(account, upTo, 5, '#g');

let folder: string;

async function groupOf<Name extends string>(limits: InboxLimits, first: Name, ...others: Name[]) {
  folder = tempFolder();
  const store = openStore(folder, limits);
  const accounts = await addAccounts(store, first, ...others);
  await store.groups.add(accounts[first], 'g', undefined);
  for (const name of others) await store.groups.join(accounts[name], 'g');
  return { store, ...accounts };
}

/** What the cleaner does. Returns how many messages were deleted. */
async function tidy(store: Store, now: number, readBefore: number): Promise<number> {
  while (await store.groups.noteRead(GROUP, now));
  let all = 0;
  for (let deleted = -1; deleted !== 0; all += deleted) deleted = await store.deleteReadIn(GROUP, readBefore);
  return all;
}

async function texts(store: Store, account: Account): Promise<readonly string[] | string> {
  const found = await store.conversations.history(account, '#g', END, 100);
  return typeof found === 'string' ? found : found.map(({ text }) => text);
}

/** Closes the store, and looks whether all that is counted is right. */
async function finish(store: Store): Promise<void> {
  await closeStore(store);
  using db = new DatabaseSync(databasePath(folder), { readOnly: true });
  expect(problemsOf(db, schemaVersion)).toEqual([]);
}

describe('what is sent to groups and unread', () => {
  test('is limited for its sender, over all groups, as an inbox is, and for nobody else', async () => {
    const { store, ann, bob } = await groupOf(LIMITS, 'ann', 'bob');
    await store.groups.add(ann, 'h', undefined);
    await store.groups.join(bob, 'h');
    for (const to of ['#g', '#h', '#g', '#h'])
      expect(typeof (await send(store, ann, 'x', to))).toBe('number');
    expect(await send(store, ann, 'x')).toBe('too much unread');
    expect(await send(store, ann, 'x', '#h')).toBe('too much unread');
    // In the indexes, and behind a restart, as well.
    await index(store);
    expect(await send(store, ann, 'x')).toBe('too much unread');
    expect(typeof (await send(store, bob, 'x'))).toBe('number');
    expect(typeof (await send(store, ann, 'x', 'bob'))).toBe('number');
    await closeStore(store);
    const again = openStore(folder, LIMITS);
    expect(await send(again, ann, 'x')).toBe('too much unread');
    expect(await again.groups.leave(ann, 'h')).toBe('left');
    expect(await send(again, ann, 'x')).toBe('too much unread');
    // What others have read makes room at once.
    await read(again, bob);
    expect(typeof (await send(again, ann, 'x'))).toBe('number');
    await finish(again);
  });

  test('counts its size too, whatever is edited, and not what was taken back', async () => {
    const { store, ann, bob } = await groupOf(LIMITS, 'ann', 'bob');
    const one = Number(await send(store, ann, 'x'.repeat(60)));
    expect(await send(store, ann, 'x'.repeat(41))).toBe('too much unread');
    const two = Number(await send(store, ann, 'x'.repeat(40)));
    expect(await store.conversations.edit(ann, two, 'x'.repeat(41), 2)).toBe('too much unread');
    expect(await store.conversations.edit(ann, one, 'x'.repeat(50), 2)).toBe('done');
    expect(await store.conversations.edit(ann, two, 'x'.repeat(50), 2)).toBe('done');
    expect(await send(store, ann, 'x')).toBe('too much unread');
    expect(await store.conversations.delete(ann, one, 2)).toBe('done');
    expect(typeof (await send(store, ann, 'x'.repeat(50)))).toBe('number');
    expect(await store.conversations.edit(ann, two, 'x'.repeat(51), 2)).toBe('too much unread');
    await read(store, bob);
    expect(await store.conversations.edit(ann, two, 'x'.repeat(51), 2)).toBe('done');
    await index(store);
    expect(typeof (await send(store, ann, 'x'.repeat(100)))).toBe('number');
    await finish(store);
  });

  test('waits for nobody who has left, is removed or cannot log in, and is gone with its group', async () => {
    const { store, ann, bob, cid, dan } = await groupOf(
      { messages: 1, bytes: 100 },
      'ann',
      'bob',
      'cid',
      'dan',
    );
    await send(store, ann, 'x');
    await read(store, bob);
    expect(await send(store, ann, 'x')).toBe('too much unread');
    await store.groups.leave(cid, 'g');
    await store.changeAccount('dan', { state: 'disabled' });
    await send(store, ann, 'x');
    expect(await send(store, ann, 'x')).toBe('too much unread');
    await store.groups.end('g');
    while (await store.clearGroups());
    await store.groups.add(bob, 'g', undefined);
    await store.groups.join(ann, 'g');
    expect(typeof (await send(store, ann, 'x'))).toBe('number');
    expect(dan.id).toBeGreaterThan(0);
    await finish(store);
  });

  test('makes room for a sender who has left the group, and when the group has ended with the last one', async () => {
    const { store, ann, bob, cid } = await groupOf({ messages: 2, bytes: 100 }, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'h', undefined);
    await store.groups.join(bob, 'h');
    for (const to of ['#g', '#g']) await send(store, ann, 'x', to);
    // Undone with what fails, and done again.
    const twice = store.addAccounts([{ username: 'ann', nama: '', negara: '', passwordHash: '' }]);
    await Promise.allSettled([store.groups.leave(ann, 'g'), twice]);
    expect(await send(store, ann, 'x', '#h')).toBe('too much unread');
    await read(store, bob);
    expect(await send(store, ann, 'x', '#h')).toBe('too much unread');
    await read(store, cid);
    for (let n = 0; n < 2; n++) expect(typeof (await send(store, ann, 'x', '#h'))).toBe('number');
    expect(await send(store, ann, 'x', '#h')).toBe('too much unread');
    await store.groups.add(ann, 'i', undefined);
    for (const who of [ann, bob]) await store.groups.leave(who, 'h');
    for (let n = 0; n < 2; n++) expect(typeof (await send(store, ann, 'x', '#i'))).toBe('number');
    while (await store.clearGroups());
    await finish(store);
  });

  test('does not wait for its own sender, who may never read: alone in a group nobody has to', async () => {
    const { store, ann, bob, cid } = await groupOf({ messages: 2, bytes: 100 }, 'ann', 'bob', 'cid');
    for (let number = 0; number < 10; number++) {
      expect(typeof (await send(store, ann, 'x'))).toBe('number');
      await read(store, bob);
      await read(store, cid);
    }
    // What ann has not read is unread.
    await send(store, bob, '1');
    await send(store, bob, '2');
    await read(store, cid);
    expect(await send(store, bob, '3')).toBe('too much unread');
    await read(store, ann);
    expect(typeof (await send(store, bob, '3'))).toBe('number');
    for (const one of [bob, cid]) await store.groups.leave(one, 'g');
    for (let number = 0; number < 10; number++) expect(typeof (await send(store, ann, 'x'))).toBe('number');
    await finish(store);
  });
});

describe('what all members of a group have read', () => {
  test('is deleted when that was long ago, with its words; what one of them has not read stays', async () => {
    const { store, ann, bob, cid } = await groupOf({ messages: 1e6, bytes: 1e9 }, 'ann', 'bob', 'cid');
    const ids: number[] = [];
    for (let number = 0; number < 450; number++) ids.push(Number(await send(store, ann, `wort ${number}`)));
    await index(store);
    expect((await store.conversations.search(bob, 'wort', 1000)).messages).toHaveLength(450);
    await read(store, bob);
    expect(await tidy(store, 10, 100)).toBe(0);
    await read(store, cid, ids[299]);
    // Noted at 20: that is not before 20.
    expect(await tidy(store, 20, 20)).toBe(0);
    expect(await store.conversations.status(ann, ids[0]!)).toMatchObject({
      state: 'read',
      message: { readAt: null },
    });
    expect(await tidy(store, 30, 21)).toBe(300);
    expect(await texts(store, cid)).toHaveLength(100);
    expect((await store.conversations.search(ann, 'wort', 1000)).messages).toHaveLength(150);
    const unread = (await store.groups.of(cid))[0]!.unread;
    expect(unread).toBe(150);
    await read(store, cid);
    expect(await tidy(store, 40, 41)).toBe(150);
    expect(await texts(store, cid)).toEqual([]);
    await finish(store);
  });

  test('but for one who writes and never reads: its own goes, what others wrote stays for it', async () => {
    const { store, ann, bob, cid } = await groupOf({ messages: 1e6, bytes: 1e9 }, 'ann', 'bob', 'cid');
    for (let round = 0; round < 3; round++) {
      await send(store, ann, `robot ${round}`);
      await send(store, bob, `bob ${round}`);
      await index(store);
      await read(store, bob);
      await read(store, cid);
      await tidy(store, 10, 11);
    }
    expect(await texts(store, ann)).toEqual(['bob 0', 'bob 1', 'bob 2']);
    await read(store, ann);
    await tidy(store, 12, 13);
    expect(await texts(store, ann)).toEqual([]);
    await finish(store);
  });

  test('is not what somebody has not read who was away, joined later or was disabled for a while', async () => {
    const { store, ann, bob, cid } = await groupOf({ messages: 1e6, bytes: 1e9 }, 'ann', 'bob', 'cid');
    await send(store, ann, 'first');
    await read(store, bob);
    await index(store);
    expect(await tidy(store, 10, 11)).toBe(0);
    await store.changeAccount('cid', { state: 'disabled' });
    expect(await tidy(store, 10, 11)).toBe(1);
    await send(store, ann, 'second');
    await store.changeAccount('cid', { state: 'enabled' });
    await index(store);
    await read(store, bob);
    expect(await tidy(store, 10, 11)).toBe(0);
    expect(await texts(store, cid)).toEqual(['second']);
    await store.groups.leave(cid, 'g');
    const { dan } = await addAccounts(store, 'dan');
    await store.groups.join(dan, 'g');
    expect(await tidy(store, 10, 11)).toBe(1);
    await finish(store);
  });
});
