import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/open.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const setting = (db: DatabaseSync, name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0];

test('a new database is durable, ours, and its owner’s alone', () => {
  const folder = tempFolder();
  const db = openDatabase(join(folder, 'made', 'when', 'missing'));
  expect(setting(db, 'journal_mode')).toBe('wal');
  expect(setting(db, 'synchronous')).toBe(2);
  expect(setting(db, 'user_version')).toBe(schemaVersion);
  db.close();
  expect(statSync(join(folder, 'made/when/missing/benang.db')).mode & 0o077).toBe(0);
});

test('a database of the first version is brought up to date, with how full each inbox is', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann } = await addAccounts(store, 'ann');
  for (const text of ['one', 'two'])
    await store.addMessage({ sender: ann, recipient: 'ann', text, sentAt: 1 });
  await closeStore(store);
  const old = new DatabaseSync(join(folder, 'benang.db'));
  old.exec(`DROP TRIGGER message_came; DROP TRIGGER message_was_read; DROP TRIGGER message_went;
    ALTER TABLE account DROP COLUMN unread; ALTER TABLE account DROP COLUMN unread_bytes; PRAGMA user_version = 1`);
  old.close();

  const db = openDatabase(folder);
  expect(db.prepare('SELECT unread, unread_bytes FROM account').all()).toEqual([
    { unread: 2, unread_bytes: 6 },
  ]);
  db.exec("DELETE FROM message WHERE text = 'two'");
  expect(db.prepare('SELECT unread, unread_bytes FROM account').all()).toEqual([
    { unread: 1, unread_bytes: 3 },
  ]);
  db.close();
});

test('a file of another program is refused and left alone', () => {
  const folder = tempFolder();
  const other = new DatabaseSync(join(folder, 'benang.db'));
  other.exec('CREATE TABLE theirs (x)');
  expect(() => openDatabase(folder)).toThrow(/belongs to another program; choose another folder with --data/);
  expect(other.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
  other.close();
});

test('a file that is no database is refused', () => {
  const folder = tempFolder();
  writeFileSync(
    join(folder, 'benang.db'),
    'this is a text, and long enough to be looked at as a database header',
  );
  expect(() => openDatabase(folder)).toThrow(/is not a benang database or is damaged/);
});

test('a database of a newer version is refused', () => {
  const folder = tempFolder();
  const db = openDatabase(folder);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openDatabase(folder)).toThrow(
    /written by a newer benang \(database version 99, this one knows \d+\)/,
  );
});

test('a second server on the same data is refused', () => {
  const folder = tempFolder();
  openStore(folder);
  expect(() => openDatabase(folder)).toThrow(/is in use by another benang/);
});

test('a folder that is a file, and one that may not be written', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => openDatabase(join(folder, 'file'))).toThrow(
    /cannot write to .*; make the folder writable or choose/,
  );
  if (process.getuid?.() === 0) return; // root may write anywhere
  chmodSync(folder, 0o500);
  expect(() => openDatabase(folder)).toThrow(/cannot write to/);
});
