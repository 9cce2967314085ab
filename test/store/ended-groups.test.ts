import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { problemsOf } from '../../src/store/check.ts';
import { databasePath } from '../../src/store/folder.ts';
import { steps } from '../../src/store/migrations/index.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const END = Number.MAX_SAFE_INTEGER;
const send = (store: Store, sender: Account, to: string, text: string, key?: string) =>
  store.conversations.post({ sender, to, text, sentAt: 1, ...(key === undefined ? {} : { key }) });
const clear = async (store: Store): Promise<void> => {
  while (await store.clearGroups());
};
const rowsOf = (folder: string, sql: string): unknown[] => {
  using db = new DatabaseSync(databasePath(folder), { readOnly: true });
  expect(problemsOf(db, schemaVersion)).toEqual([]);
  return db.prepare(sql).all();
};

describe('a group whose last member is gone', () => {
  test('gives its name back at once, and nobody sees what was sent to it', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    await store.groups.add(ann, 'g', 'hash of ann');
    const old = Number(await send(store, ann, '#g', 'geheim'));
    await store.deleteRead(ann.id, 0, 0);
    const pending = Number(await send(store, ann, '#g', 'geheim'));
    expect(await store.groups.leave(ann, 'g')).toBe('left');
    for (const name of ['g', 'g 1', ' 1']) expect(await store.groups.find(bob, name)).toBeUndefined();
    for (const id of [old, pending]) {
      expect(await store.conversations.status(ann, id)).toBeUndefined();
      expect(await store.conversations.edit(ann, id, 'x', 2)).toBe('no such message');
      expect(await store.conversations.delete(ann, id, 2)).toBe('no such message');
    }
    expect(await store.groups.join(bob, 'g')).toBe('no such group');
    expect(await store.groups.add(bob, 'g', undefined)).toBe('added');
    for (const when of ['before', 'behind']) {
      expect(await store.conversations.history(bob, '#g', END, 10)).toEqual([]);
      expect((await store.conversations.search(bob, 'geheim', 10)).messages).toEqual([]);
      expect(await store.groups.of(bob)).toEqual([{ with: '#g', unread: 0, members: 1 }]);
      expect(await store.conversations.history(ann, '#g', END, 10)).toBe('not a member');
      if (when === 'before') await clear(store);
    }
    // That row is used again.
    await store.groups.add(ann, 'h', undefined);
    expect(await store.conversations.history(ann, '#h', END, 10)).toEqual([]);
    expect((await store.conversations.search(ann, 'geheim', 10)).messages).toEqual([]);
    expect(await store.conversations.status(ann, old)).toBeUndefined();
  });

  test('leaves no word behind, however much there was, also when it is killed in between', async () => {
    const folder = tempFolder();
    const first = openStore(folder);
    const { ann, bob } = await addAccounts(first, 'ann', 'bob');
    await first.groups.add(ann, 'g', undefined);
    await first.groups.join(bob, 'g');
    await Promise.all(
      Array.from({ length: 700 }, (_, number) => send(first, ann, '#g', `unwiederbringlich ${number}`)),
    );
    expect((await first.conversations.search(bob, 'unwiederbringlich', 1)).messages).toHaveLength(1);
    await first.changeAccount('ann', { state: 'removed' });
    expect(await first.conversations.history(bob, '#g', END, 10)).toHaveLength(10);
    await first.changeAccount('bob', { state: 'removed' });
    for (let piece = 0; piece < 6; piece++) expect(await first.clearGroups()).toBe(true);
    await closeStore(first);
    const second = openStore(folder);
    await clear(second);
    expect(await second.clearGroups()).toBe(false);
    await closeStore(second);
    expect(rowsOf(folder, 'SELECT * FROM message')).toEqual([]);
    expect(readFileSync(join(folder, 'benang.db'), 'latin1')).not.toContain('unwiederbring');
  });

  test('takes no room: made and left again and again, it is one row', async () => {
    const folder = tempFolder();
    const store = openStore(folder);
    const { ann } = await addAccounts(store, 'ann');
    for (let number = 0; number < 50; number++) {
      expect(await store.groups.add(ann, `g${number}`, undefined)).toBe('added');
      expect(await store.groups.leave(ann, `g${number}`)).toBe('left');
    }
    await closeStore(store);
    expect(rowsOf(folder, 'SELECT state, name FROM groups')).toEqual([{ state: 'free', name: ' 1' }]);
  });

  test('whose password was known lets nobody into another one that has its name since', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    await store.groups.add(ann, 'g', 'hash of ann');
    const found = await store.groups.find(bob, 'g');
    await store.groups.leave(ann, 'g');
    await store.groups.add(cid, 'g', 'hash of cid');
    expect(await store.groups.join(bob, 'g', found!.passwordHash)).toBe('no such group');
    expect(await store.groups.join(bob, 'g')).toBe('no such group');
    expect(await store.groups.join(bob, 'g', 'hash of cid')).toBe('joined');
  });

  test('may have been left by all before groups ended', async () => {
    const folder = tempFolder();
    // As the version before has left it.
    const db = new DatabaseSync(databasePath(folder));
    for (const step of steps.slice(0, 10)) db.exec(step);
    db.exec(`PRAGMA application_id = 0x626e6e67; PRAGMA user_version = 10;
      INSERT INTO account (id, username, nama, negara, password_hash) VALUES (1, 'ann', 'A', 'X', '$argon2id$x'), (2, 'bob', 'B', 'Y', '$argon2id$x');
      INSERT INTO groups (id, name) VALUES (1, 'g'), (2, 'h');
      INSERT INTO member VALUES (2, 1, 0, 0);
      INSERT INTO message (id, sender, group_id, text, sent_at) VALUES (1, 1, 1, 'x', 5)`);
    db.close();
    const second = openStore(folder);
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map(async (name) => (await second.credentials(name))!.account),
    );
    expect(await second.groups.add(bob!, 'g', undefined)).toBe('added');
    expect(await second.groups.find(ann!, 'h')).toMatchObject({ member: true });
    await clear(second);
    await closeStore(second);
    expect(rowsOf(folder, 'SELECT state FROM groups ORDER BY id')).toEqual([
      { state: 'free' },
      { state: 'live' },
      { state: 'live' },
    ]);
  });
});

test('an operator sees all groups, and ends one whoever is in it', async () => {
  const store = openStore();
  const names = Array.from({ length: 500 }, (_, number) => `user${number}`);
  const accounts = Object.values(await addAccounts(store, ...names));
  const [ann, bob] = accounts as [Account, Account];
  await store.groups.add(ann, 'full', 'hash');
  await Promise.all(accounts.slice(1).map((account) => store.groups.join(account, 'full', 'hash')));
  await store.groups.add(bob, 'small', undefined);
  await send(store, ann, '#full', 'x');
  await store.deleteRead(ann.id, 0, 0);
  expect(await store.groups.list(0)).toEqual([
    { id: 1, name: 'full', password: true, members: 500, lastSentAt: 1 },
    { id: 2, name: 'small', password: false, members: 1, lastSentAt: undefined },
  ]);
  expect(await store.groups.end('nowhere')).toBeUndefined();
  expect(await store.groups.end('full')).toBe(500);
  expect(await store.groups.end('full')).toBeUndefined();
  expect(await send(store, bob, '#full', 'x')).toBe('no such group');
  expect(await store.conversations.list(ann)).toEqual([]);
  await store.conversations.missed(ann.id, 0, ({ kept }) => expect(kept).toEqual([]));
  expect(await store.groups.list(0)).toHaveLength(1);
});

test.each(['removed', 'disabled'] as const)(
  'who is %s while a request waits for its turn enters no group',
  async (state) => {
    const folder = tempFolder();
    const store = openStore(folder);
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    await store.groups.add(ann, 'g', 'hash');
    const asked = [
      store.changeAccount('bob', { state }),
      store.groups.join(bob, 'g', 'hash'),
      store.groups.add(bob, 'h', undefined),
    ];
    expect((await Promise.all(asked)).slice(1)).toEqual(['shut out', 'shut out']);
    await send(store, ann, '#g', 'read by all others');
    await closeStore(store);
    expect(rowsOf(folder, `SELECT account FROM member WHERE account = ${bob.id}`)).toEqual([]);
  },
);

test('who was removed leaves many groups little by little, and what an end has cut off is done at the next start', async () => {
  const folder = tempFolder();
  let store = openStore(folder);
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  const names = Array.from({ length: 45 }, (_, number) => `g${number}`);
  for (const name of names) {
    await store.groups.add(bob, name, undefined);
    if (name !== 'g44') await store.groups.join(ann, name);
  }
  await store.changeAccount('bob', { state: 'removed' });
  expect(await store.groups.list(0)).toHaveLength(44);
  await closeStore(store);
  {
    using db = new DatabaseSync(databasePath(folder));
    db.exec(`INSERT INTO member SELECT id, ${bob.id}, 0, 0 FROM groups WHERE state = 'live'`);
  }
  store = openStore(folder);
  await closeStore(store);
  expect(rowsOf(folder, 'SELECT count(*) AS members FROM member')).toEqual([{ members: 44 }]);
  expect(rowsOf(folder, `SELECT account FROM member WHERE account = ${bob.id}`)).toEqual([]);
});
