import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { problemsOf } from '../../src/store/check.ts';
import { steps } from '../../src/store/migrations/index.ts';
import { migrate, schemaFaults, versionOf } from '../../src/store/schema.ts';
import { closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const OURS = 'PRAGMA application_id = 0x626e6e67';

test('a database of the first version keeps its accounts, messages, senders and sessions', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  old.exec(`${steps[0]}; ${OURS}; PRAGMA user_version = 1;
    INSERT INTO account VALUES (1, 'ann', 'Ann', 'X', '-'), (2, 'bob', 'Bob', 'Y', '-'), (3, 'cid', 'Cid', 'Z', '-');
    INSERT INTO message VALUES (1, 3, 2, 'read', 1, 2), (2, 1, 2, 'unread', 1, NULL);
    INSERT INTO correspondent VALUES (2, 3, 1), (2, 1, 2);
    INSERT INTO session VALUES (1, 's', 't', 2, 5)`);
  old.close();
  const store = openStore(folder);
  const { account, disabled } = (await store.credentials('bob'))!;
  expect(disabled).toBe(false);
  const { senders, messages } = await store.inbox(account);
  expect(senders.map(({ username }) => username)).toEqual(['cid', 'ann']);
  expect(messages.map(({ text }) => text)).toEqual(['unread']);
  expect(await store.sessions()).toMatchObject([{ id: 's', account }]);
  expect(await store.accounts(0)).toMatchObject([{ unread: 0 }, { unread: 1 }, { unread: 0 }]);
  expect(await store.deleteRead(account.id, 10, 0)).toBe(1);
  expect((await store.inbox(account)).senders).toEqual(senders);
});

test('accounts of a version without skeletons keep working, also two that look alike, and nobody can register a third', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  for (const step of steps.slice(0, 5)) old.exec(step);
  old.exec(`${OURS}; PRAGMA user_version = 5;
    INSERT INTO account (id, username, nama, negara, password_hash, state) VALUES
      (1, 'messi', 'A', 'X', '-', 'enabled'), (2, 'mess1', 'B', 'Y', '-', 'enabled'), (3, 'mеssi', 'C', 'Z', '', 'removed');
    INSERT INTO session VALUES (1, 's', 't', 2, 5)`);
  old.close();
  const store = openStore(folder);
  for (const name of ['messi', 'mess1']) expect((await store.credentials(name))!.account.username).toBe(name);
  expect(await store.sessions()).toMatchObject([{ id: 's', startedAt: undefined, usedAt: 5 }]);
  const terms = { mostAccounts: 10, invite: undefined };
  const account = { username: 'Messi', nama: 'D', negara: 'W', passwordHash: '-' };
  expect(await store.registry.register(account, terms)).toBe('looks taken');
  // An operator may.
  expect(await store.addAccount(account)).toBe('added');
});

test('what names look like is noted anew when it is told in another way', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  for (const step of steps.slice(0, 7)) old.exec(step);
  // Once all marks were left out.
  old.exec(`${OURS}; PRAGMA user_version = 7;
    INSERT INTO account (id, username, nama, negara, password_hash, skeleton) VALUES (1, 'राम', 'A', 'X', '-', 'रम')`);
  old.close();
  const { registry } = openStore(folder);
  const terms = { mostAccounts: 10, invite: undefined };
  expect(await registry.obstacle('रम', terms)).toBeUndefined();
  expect(await registry.obstacle('रा\u200dम', terms)).toBe('looks taken');
});

test('groups of a version without skeletons keep working, also two that look alike, and nobody can make a third', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  for (const step of steps.slice(0, 8)) old.exec(step);
  old.exec(`${OURS}; PRAGMA user_version = 8;
    INSERT INTO account (id, username, nama, negara, password_hash) VALUES (1, 'ann', 'A', 'X', '-'), (2, 'bob', 'B', 'Y', '-');
    INSERT INTO groups (id, name) VALUES (1, 'lab'), (2, 'lаb'), (3, 'lab.');
    INSERT INTO member VALUES (1, 1, 0, 0), (2, 1, 0, 0), (3, 1, 0, 0)`);
  old.close();
  const { groups } = openStore(folder);
  const [ann, bob] = [
    { id: 1, username: 'ann', nama: 'A', negara: 'X' },
    { id: 2, username: 'bob', nama: 'B', negara: 'Y' },
  ];
  for (const name of ['lab', 'lаb', 'lab.']) {
    expect(await groups.join(bob, name)).toBe('joined');
    expect(await groups.members(ann, name, '')).toMatchObject({
      members: [{ username: 'ann' }, { username: 'bob' }],
    });
    expect(await groups.add(bob, name, undefined)).toBe('taken');
  }
  expect(await groups.add(bob, 'Lab', undefined)).toBe('looks like another group');
  expect(await groups.add(bob, 'labs', undefined)).toBe('added');
});

test('what is unread in a version that counted anew each time is counted when it is opened', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  for (const step of steps.slice(0, 11)) old.exec(step);
  const hash = '$argon2id$x';
  old.exec(`${OURS}; PRAGMA user_version = 11;
    INSERT INTO account (id, username, nama, negara, password_hash) VALUES
      (1, 'ann', 'A', 'X', '${hash}'), (2, 'bob', 'B', 'Y', '${hash}'), (3, 'cid', 'C', 'Z', '${hash}');
    INSERT INTO groups (id, name) VALUES (1, 'lab');
    INSERT INTO member VALUES (1, 1, 0, 0), (1, 2, 0, 0);
    INSERT INTO correspondent VALUES (1, 2, 1), (1, 3, 2);
    INSERT INTO message (id, sender, recipient, text, sent_at, read_at, hidden, indexed) VALUES
      (1, 2, 1, 'one', 5, NULL, 0, 1), (2, 3, 1, 'drei', 5, NULL, 0, 1), (3, 2, 1, 'read', 5, 6, 0, 1),
      (4, 2, 1, 'zwei', 5, NULL, 0, 1), (5, 3, 1, 'hidden', 5, NULL, 1, 1), (6, 2, 1, 'later', 5, NULL, 0, 0)`);
  old.close();
  const store = openStore(folder);
  const ann = (await store.credentials('ann'))!.account;
  expect(await store.accounts(0)).toMatchObject([{ unread: 4 }, { unread: 0 }, { unread: 0 }]);
  expect(await store.conversations.list(ann)).toEqual([
    { with: 'bob', unread: 3, members: undefined },
    { with: 'cid', unread: 1, members: undefined },
    { with: '#lab', unread: 0, members: 2 },
  ]);
  await closeStore(store);
  using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  expect(problemsOf(db, steps.length)).toEqual([]);
  expect(
    db.prepare('SELECT unread, unread_bytes, hidden_unread, hidden_unread_bytes FROM account').get(),
  ).toEqual({
    // The last one is not in the indexes yet.
    unread: 3,
    unread_bytes: 11,
    hidden_unread: 1,
    hidden_unread_bytes: 6,
  });
});

test('groups of a version in which they did not end are as they would be today', async () => {
  const folder = tempFolder();
  const old = new DatabaseSync(join(folder, 'benang.db'));
  for (const step of steps.slice(0, 10)) old.exec(step);
  old.exec(`${OURS}; PRAGMA user_version = 10;
    INSERT INTO account (id, username, nama, negara, password_hash) VALUES (1, 'ann', 'A', 'X', '-'), (2, 'bob', 'B', 'Y', '-');
    INSERT INTO groups (id, name) VALUES (1, 'left'), (2, 'g');
    INSERT INTO member VALUES (2, 1, 0, 0), (2, 2, 0, 0);
    INSERT INTO message (id, sender, recipient, group_id, text, sent_at, deleted_at, indexed) VALUES
      (1, 1, NULL, 1, 'left', 1, NULL, 1), (2, 1, NULL, 2, 'two', 1, NULL, 1), (3, 1, NULL, 2, '', 1, 7, 1),
      (4, 1, NULL, 2, 'four', 1, NULL, 1), (5, 1, NULL, 2, 'five', 1, NULL, 0)`);
  old.close();
  const store = openStore(folder, { messages: 10, bytes: 16 });
  const [ann, bob] = [
    { id: 1, username: 'ann', nama: 'A', negara: 'X' },
    { id: 2, username: 'bob', nama: 'B', negara: 'Y' },
  ];
  const send = () => store.conversations.post({ sender: ann, to: '#g', text: 'x', sentAt: 1 });
  expect(await store.groups.add(bob, 'left', undefined)).toBe('added');
  // Left, two, four and five are 15 bytes.
  expect(await send()).toBe(6);
  expect(await send()).toBe('too much unread');
  while (await store.clearGroups());
  expect(await send()).toBe(7);
  expect(await send()).toBe(8);
  await store.conversations.acknowledge(bob, 4, 5);
  while (await store.groups.noteRead(2, 10));
  expect(await store.deleteReadIn(2, 11)).toBe(3);
  expect(await store.conversations.history(bob, '#g', 100, 10)).toHaveLength(4);
  await closeStore(store);
  using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  expect(problemsOf(db, steps.length).filter((problem) => !problem.includes('password hash'))).toEqual([]);
});

test('every path to today’s version ends in the same schema', () => {
  for (let start = 0; start <= steps.length; start++) {
    using db = new DatabaseSync(':memory:');
    for (const step of steps.slice(0, start)) db.exec(step);
    if (start > 0) db.exec(`${OURS}; PRAGMA user_version = ${start}`);
    migrate(db, versionOf(db, 'test'));
    expect(versionOf(db, 'test')).toBe(steps.length);
    expect(schemaFaults(db, steps.length)).toEqual([]);
  }
});

test('what is missing or different in a schema is named', () => {
  using db = new DatabaseSync(':memory:');
  migrate(db, 0);
  db.exec('DROP INDEX message_read; CREATE INDEX message_read ON message (read_at); DROP TABLE session');
  expect(schemaFaults(db, steps.length)).toEqual(
    expect.arrayContaining(['session', 'message_read', 'sqlite_autoindex_session_1']),
  );
  db.exec('CREATE INDEX somebodys_own ON account (nama)');
  expect(schemaFaults(db, steps.length)).not.toContain('somebodys_own');
});
