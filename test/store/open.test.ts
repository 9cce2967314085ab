import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/open.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import { openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const setting = (db: DatabaseSync, name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0];

test('a new database is durable, ours, and its owner’s alone', () => {
  const folder = tempFolder();
  const { db, flush, close } = openDatabase(join(folder, 'made', 'when', 'missing'));
  expect(setting(db, 'journal_mode')).toBe('wal');
  // NORMAL: whoever answers for a commit flushes it.
  expect(setting(db, 'synchronous')).toBe(1);
  flush.now();
  expect(setting(db, 'user_version')).toBe(schemaVersion);
  close();
  expect(statSync(join(folder, 'made/when/missing/benang.db')).mode & 0o077).toBe(0);
});

test('a file of another program is refused and left alone', () => {
  const folder = tempFolder();
  const other = new DatabaseSync(join(folder, 'benang.db'));
  other.exec('CREATE TABLE theirs (x)');
  expect(() => openDatabase(folder)).toThrow(/belongs to another program; name another file or folder/);
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
  const { db, close } = openDatabase(folder);
  db.exec('PRAGMA user_version = 99');
  close();
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
