import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Account, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const END = Number.MAX_SAFE_INTEGER;
const send = (store: Store, sender: Account, to: string, text: string, key?: string) =>
  store.conversations.post({ sender, to, text, sentAt: 1, ...(key === undefined ? {} : { key }) });

async function history(store: Store, account: Account, other: string, before = END, limit = 100) {
  const found = await store.conversations.history(account, other, before, limit);
  return typeof found === 'string' ? found : found.map(({ text }) => text);
}

describe('history', () => {
  test('has both directions, read or not, pending or in the indexes, page by page', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    const ids: number[] = [];
    for (let number = 0; number < 10; number++) {
      if (number === 6) await store.deleteRead(ann.id, 0, 0);
      const [from, to] = number % 3 === 0 ? ([bob, 'ann'] as const) : ([ann, 'bob'] as const);
      ids.push(Number(await send(store, from, to, `${number}`)));
      await send(store, cid, 'ann', 'another conversation');
    }
    await store.markRead(ann, ids[4]!, 5);
    const all = Array.from({ length: 10 }, (_, number) => `${number}`);
    expect(await history(store, ann, 'bob')).toEqual(all);
    expect(await history(store, bob, 'ann')).toEqual(all);
    expect(await history(store, ann, 'bob', END, 3)).toEqual(['7', '8', '9']);
    expect(await history(store, ann, 'bob', ids[7], 3)).toEqual(['4', '5', '6']);
    expect(await history(store, ann, 'bob', ids[0], 3)).toEqual([]);
    expect(await history(store, ann, 'nobody')).toBe('no such recipient');
  });

  test('with oneself has each message once', async () => {
    const store = openStore();
    const { ann } = await addAccounts(store, 'ann');
    await send(store, ann, 'ann', 'one');
    await store.deleteRead(ann.id, 0, 0);
    await send(store, ann, 'ann', 'two');
    expect(await history(store, ann, 'ann')).toEqual(['one', 'two']);
  });

  test('of a group begins for a member where they joined', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'g', undefined);
    await send(store, ann, '#g', 'before');
    await store.groups.join(bob, 'g');
    await send(store, ann, '#g', 'behind');
    expect(await history(store, ann, '#g')).toEqual(['before', 'behind']);
    expect(await history(store, bob, '#g')).toEqual(['behind']);
    expect(await history(store, cid, '#g')).toBe('not a member');
    expect(await history(store, cid, '#h')).toBe('no such group');
  });
});

describe('a key', () => {
  test('stores a message once, also behind a restart, and is each sender’s own', async () => {
    const folder = tempFolder();
    const first = openStore(folder);
    const { ann, bob } = await addAccounts(first, 'ann', 'bob');
    await first.groups.add(ann, 'g', undefined);
    const [one, again] = await Promise.all([
      send(first, ann, 'bob', 'x', 'k'),
      send(first, ann, 'bob', 'x', 'k'),
    ]);
    expect(again).toBe(one);
    const inGroup = await send(first, ann, '#g', 'y', 'l');
    expect(await send(first, bob, 'ann', 'x', 'k')).not.toBe(one);
    await closeStore(first);
    const second = openStore(folder);
    expect(await send(second, ann, 'bob', 'x', 'k')).toBe(one);
    expect(await send(second, ann, '#g', 'y', 'l')).toBe(inGroup);
    expect(await history(second, ann, 'bob')).toEqual(['x', 'x']);
  });
});

describe('a message that was taken back', () => {
  test('is unread for nobody, counts for nothing, and its words are not in the file', async () => {
    const folder = tempFolder();
    const store = openStore(folder, { messages: 10, bytes: 40 });
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    const id = Number(await send(store, ann, 'bob', 'geheimnisvoll verschwiegen'));
    expect((await store.conversations.search(bob, 'geheimnisvoll', 10)).messages).toHaveLength(1);
    expect(await send(store, ann, 'bob', 'far too long for the rest')).toBe('inbox is full');
    expect(await store.conversations.delete(bob, id, 2)).toBe('no such message');
    expect(await store.conversations.delete(ann, id, 2)).toBe('done');
    expect(await store.conversations.delete(ann, id, 2)).toBe('no such message');
    expect(await store.conversations.edit(ann, id, 'x', 2)).toBe('no such message');
    expect((await store.inbox(bob)).messages).toEqual([]);
    expect(await store.conversations.list(bob)).toEqual([]);
    expect((await store.conversations.search(bob, 'geheimnisvoll', 10)).messages).toEqual([]);
    expect(await store.conversations.status(ann, id)).toMatchObject({ state: 'deleted' });
    expect(typeof (await send(store, ann, 'bob', 'far too long for the rest'))).toBe('number');
    await closeStore(store);
    const file = readFileSync(join(folder, 'benang.db'), 'latin1');
    expect(file).not.toContain('geheimnis');
    expect(file).not.toContain('verschwiegen');
  });

  test('or edited, changes how full the inbox is', async () => {
    const store = openStore(tempFolder(), { messages: 10, bytes: 10 });
    const { ann } = await addAccounts(store, 'ann', 'bob');
    const id = Number(await send(store, ann, 'bob', '12345'));
    expect(await store.conversations.edit(ann, id, '12345678901', 2)).toBe('inbox is full');
    expect(await store.conversations.edit(ann, id, '1234567890', 2)).toBe('done');
    expect(await send(store, ann, 'bob', 'x')).toBe('inbox is full');
    expect(await store.conversations.edit(ann, id, '1', 2)).toBe('done');
    expect(typeof (await send(store, ann, 'bob', 'x'))).toBe('number');
  });
});

describe('search', () => {
  test('finds own conversations only, the newest, by all words, whatever their letters look like', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'g', undefined);
    await send(store, ann, '#g', 'apa kabar group, early');
    await store.groups.join(bob, 'g');
    await send(store, ann, '#g', 'Apa KABAR group');
    await send(store, ann, 'bob', 'apa kabár?');
    await send(store, cid, 'ann', 'apa kabar ann');
    const found = async (who: Account, ...words: string[]) =>
      (await store.conversations.search(who, words.join(' '), 2)).messages.map(({ text }) => text);
    expect(await found(bob, 'kabar')).toEqual(['Apa KABAR group', 'apa kabár?']);
    expect(await found(ann, 'kabar')).toEqual(['apa kabár?', 'apa kabar ann']);
    expect(await found(ann, 'early', 'apa')).toEqual(['apa kabar group, early']);
    expect(await found(bob, 'early')).toEqual([]);
    expect(await found(cid, 'kabar')).toEqual(['apa kabar ann']);
    for (const words of [['"'], ['u1'], ['g1'], ['parties:u1'], ['*'], ['NEAR'], [], ['a" OR "kabar']]) {
      expect(await found(cid, ...words)).toEqual([]);
    }
  });

  test('finds what an older version had stored', async () => {
    const folder = tempFolder();
    const first = openStore(folder);
    const { ann } = await addAccounts(first, 'ann', 'bob');
    for (let number = 0; number < 250; number++) await send(first, ann, 'bob', `word${number}`);
    // Before their words are in the search index.
    await closeStore(first);
    const second = openStore(folder);
    expect((await second.conversations.search(ann, 'word249', 10)).messages).toHaveLength(1);
    expect((await second.conversations.search(ann, 'word0', 10)).messages).toHaveLength(1);
  });
});

describe('receipts', () => {
  test('tell stored, delivered and read, in a group by how many', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'g', undefined);
    await store.groups.join(bob, 'g');
    await store.groups.join(cid, 'g');
    const direct = Number(await send(store, ann, 'bob', 'x'));
    const group = Number(await send(store, ann, '#g', 'x'));
    const status = (id: number) => store.conversations.status(ann, id);
    expect(await status(direct)).toMatchObject({ state: 'stored', counts: undefined });
    expect(await status(group)).toMatchObject({
      state: 'stored',
      counts: { members: 2, delivered: 0, read: 0 },
    });
    store.conversations.delivered(bob.id, group);
    expect(await status(direct)).toMatchObject({ state: 'delivered' });
    await store.conversations.acknowledge(bob, group, 5, '#g');
    expect(await status(direct)).toMatchObject({ state: 'delivered' });
    expect(await status(group)).toMatchObject({
      state: 'stored',
      counts: { members: 2, delivered: 1, read: 1 },
    });
    await store.conversations.acknowledge(bob, direct, 6, 'ann');
    expect(await status(direct)).toMatchObject({ state: 'read', message: { readAt: 6 } });
    await store.conversations.acknowledge(cid, group, 7);
    expect(await status(group)).toMatchObject({
      state: 'read',
      counts: { members: 2, delivered: 2, read: 2 },
    });
    expect(await store.conversations.status(bob, direct)).toBeUndefined();
  });

  test('in a group wait for nobody who is disabled, removed or has left', async () => {
    const store = openStore();
    const { ann, bob, cid, dan, eve } = await addAccounts(store, 'ann', 'bob', 'cid', 'dan', 'eve');
    await store.groups.add(ann, 'g', undefined);
    for (const one of [bob, cid, dan, eve]) await store.groups.join(one, 'g');
    const id = Number(await send(store, ann, '#g', 'x'));
    await store.conversations.acknowledge(bob, id, 5);
    const status = async () => (await store.conversations.status(ann, id))!;
    expect(await status()).toMatchObject({ state: 'stored', counts: { members: 4, read: 1 } });
    await store.changeAccount('cid', { state: 'disabled' });
    await store.changeAccount('dan', { state: 'removed' });
    await store.groups.leave(eve, 'g');
    expect(await status()).toMatchObject({ state: 'read', counts: { members: 1, delivered: 1, read: 1 } });
    await store.changeAccount('cid', { state: 'enabled' });
    expect(await status()).toMatchObject({ state: 'stored', counts: { members: 2, read: 1 } });
  });

  test('of one conversation leave the others unread', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    for (let round = 0; round < 2; round++) {
      await send(store, bob, 'ann', `b${round}`);
      await send(store, cid, 'ann', `c${round}`);
      if (round === 0) await store.deleteRead(ann.id, 0, 0);
    }
    await store.conversations.acknowledge(ann, END, 5, 'bob');
    expect((await store.inbox(ann)).messages.map(({ text }) => text)).toEqual(['c0', 'c1']);
    expect(await store.conversations.list(ann)).toEqual([{ with: 'cid', unread: 2, members: undefined }]);
    expect(await store.conversations.acknowledge(ann, END, 5, 'nobody')).toBe('no such recipient');
  });
});

test('a removed account is in no group any more, and its inbox leaves no word behind', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  await store.groups.add(ann, 'g', undefined);
  await store.groups.join(bob, 'g');
  await send(store, ann, 'bob', 'unwiederbringlich');
  expect((await store.conversations.search(ann, 'unwiederbringlich', 1)).messages).toHaveLength(1);
  await store.changeAccount('bob', { state: 'removed' });
  while (await store.clearInbox(bob.id));
  expect(await store.groups.members(ann, 'g', '')).toMatchObject({
    members: [{ username: 'ann' }],
    more: false,
  });
  expect((await store.conversations.search(ann, 'unwiederbringlich', 1)).messages).toEqual([]);
  await closeStore(store);
  expect(readFileSync(join(folder, 'benang.db'), 'latin1')).not.toContain('unwiederbring');
});

describe('whom a list names', () => {
  test('the other commands find as well, when they were removed', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    const one = Number(await send(store, bob, 'ann', 'one'));
    await send(store, ann, 'bob', 'to bob');
    await store.conversations.block(ann, 'bob', true);
    await store.changeAccount('bob', { state: 'removed' });
    while (await store.clearInbox(bob.id));
    expect(await store.conversations.list(ann)).toMatchObject([{ with: 'bob', unread: 1 }]);
    expect(await history(store, ann, 'bob')).toEqual(['one']);
    expect((await store.conversations.search(ann, 'one', 10)).messages).toMatchObject([{ from: 'bob' }]);
    expect(await send(store, ann, 'bob', 'x')).toBe('no such recipient');
    expect(await store.conversations.acknowledge(ann, one, 5, 'bob')).toBe('done');
    expect(await store.conversations.list(ann)).toEqual([]);
    expect(await store.conversations.blocks(ann)).toEqual(['bob']);
    expect(await store.conversations.block(ann, 'bob', false)).toBe('done');
    expect(await store.conversations.blocks(ann)).toEqual([]);
    expect(await store.conversations.block(ann, 'bob', true)).toBe('done');
    expect(await history(store, ann, 'nobody')).toBe('no such recipient');
  });

  test('the other commands find as well, when an old username begins as a group’s does', async () => {
    const store = openStore();
    const { ann, '#bob': bob } = await addAccounts(store, 'ann', '#bob');
    const id = Number(await send(store, bob, 'ann', 'one'));
    expect(await store.conversations.list(ann)).toMatchObject([{ with: '#bob', unread: 1 }]);
    expect(await history(store, ann, '#bob')).toEqual(['one']);
    expect(await store.conversations.acknowledge(ann, id, 5, '#bob')).toBe('done');
    await send(store, ann, '#bob', 'two');
    expect(await history(store, bob, 'ann')).toEqual(['one', 'two']);
    expect(await store.groups.add(ann, 'bob', undefined)).toBe('taken');
    expect(await send(store, ann, '#cid', 'x')).toBe('no such group');
    await store.changeAccount('#bob', { state: 'removed' });
    expect(await send(store, ann, '#bob', 'x')).toBe('no such group');
    expect(await history(store, ann, '#bob')).toEqual(['one', 'two']);
  });
});

test('what was missed in many places comes in one order, piece by piece', async () => {
  const store = openStore();
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  const places = Array.from({ length: 20 }, (_, number) => `g${number}`);
  for (const group of places) {
    await store.groups.add(ann, group, undefined);
    await store.groups.join(bob, group);
  }
  const expected: number[] = [];
  const numberOf = async (sent: Promise<unknown>): Promise<number> => {
    const id = Number(await sent);
    expected.push(id);
    return id;
  };
  for (let round = 0; round < 40; round++) {
    // Most in the indexes, some of it read, the last not.
    if (round === 30) await store.deleteRead(bob.id, 0, 0);
    if (round === 10) await store.conversations.acknowledge(bob, expected.at(-1)!, 1);
    const all = [...places.map((group) => `#${group}`), 'bob'];
    const rotated = [...all.slice(round % 21), ...all.slice(0, round % 21)];
    const ids = await Promise.all(rotated.map((to) => numberOf(send(store, ann, to, 'x'))));
    for (const id of ids.slice(0, 3)) await store.conversations.edit(ann, id, 'y', 2);
  }
  const numbers: number[] = [];
  const messages: number[] = [];
  let upTo = 0;
  for (let complete = false; !complete; ) {
    await store.conversations.missed(bob.id, upTo, (missed) => {
      expect(missed.kept.length).toBeLessThanOrEqual(200);
      numbers.push(...missed.kept.map(({ id }) => id));
      messages.push(...missed.kept.filter(({ kind }) => kind === 'message').map(({ id }) => id));
      ({ complete, upTo } = missed);
    });
  }
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(messages).toEqual(expected.toSorted((a, b) => a - b));
  expect(numbers).toHaveLength(messages.length + 40 * 3);
});

test('unread messages of groups are counted up to 1000 each, and few behind 5000 in all', async () => {
  const store = openStore(tempFolder(), { messages: 1e6, bytes: 1e9 });
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  for (const group of 'abcdefgh') {
    await store.groups.add(ann, group, undefined);
    await store.groups.join(bob, group);
    const count = group === 'h' ? 3 : 1005;
    await Promise.all(Array.from({ length: count }, () => send(store, ann, `#${group}`, 'x')));
  }
  await store.deleteRead(ann.id, 0, 0);
  await send(store, ann, '#a', 'not in the indexes');
  const counts = (await store.groups.of(bob)).map(({ unread }) => unread);
  expect(counts).toEqual([1000, 1000, 1000, 1000, 1000, 20, 20, 3]);
});

test('groups have limits, and unread counts of their own', async () => {
  const store = openStore(tempFolder(), { messages: 10, bytes: 1e6 }, { groups: { members: 2, groups: 2 } });
  const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
  expect(await store.groups.add(ann, 'g', undefined)).toBe('added');
  expect(await store.groups.add(ann, 'g', undefined)).toBe('taken');
  expect(await store.groups.add(ann, 'h', undefined)).toBe('added');
  expect(await store.groups.add(ann, 'i', undefined)).toBe('too many groups');
  expect(await store.groups.join(bob, 'g')).toBe('joined');
  expect(await store.groups.join(bob, 'g')).toBe('member already');
  expect(await store.groups.join(cid, 'g')).toBe('full');
  expect(await store.groups.join(cid, 'nowhere')).toBe('no such group');
  await send(store, ann, '#g', 'one');
  await send(store, bob, '#g', 'own');
  await store.deleteRead(ann.id, 0, 0);
  await send(store, ann, '#g', 'two');
  expect(await store.groups.of(bob)).toEqual([{ with: '#g', unread: 2, members: 2 }]);
  const found = await store.groups.inbox(bob, 'g', () => 0);
  expect(found).toMatchObject({ messages: [{ text: 'one' }, { text: 'two' }] });
  const { group, messages } = found as Exclude<typeof found, string>;
  await store.groups.markRead(bob, group, messages[0]!.id);
  expect(await store.groups.inbox(bob, 'g', () => 0)).toMatchObject({ messages: [{ text: 'two' }] });
  expect(await store.groups.leave(bob, 'g')).toBe('left');
  expect(await store.groups.leave(bob, 'g')).toBe('not a member');
  expect(await store.groups.inbox(bob, 'g', () => 0)).toBe('not a member');
  expect(await send(store, bob, '#g', 'x')).toBe('not a member');
});
