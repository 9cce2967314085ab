import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StartupError } from '../../src/startup-error.ts';
import { openDatabase } from '../../src/store/open.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { crashImage, overwrite, truncate } from '../support/damage.ts';
import { addAccounts, closeStore, noPassword, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const PAGE = 4096;
let folder: string;
let path: string;

beforeEach(async () => {
  folder = tempFolder();
  path = join(folder, 'benang.db');
  const store = openStore(folder);
  const names = Array.from({ length: 100 }, (_, index) => `user${index}`);
  const accounts = await addAccounts(store, ...names);
  const sender = accounts.user0!;
  await Promise.all(
    names.map((recipient) => store.addMessage({ sender, recipient, text: 'x'.repeat(500), sentAt: 1 })),
  );
  await store.addSession({ id: 'a', tokenHash: 'b', account: sender, startedAt: 1, usedAt: 1 }, noPassword);
  await closeStore(store);
});

/** Where a table or index begins in the file. */
function rootOf(name: string): number {
  using db = new DatabaseSync(path, { readOnly: true });
  const row = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name);
  return (Number(row!.rootpage) - 1) * PAGE;
}

const refusal =
  /is not a benang database or is damaged|is damaged \(.*\); restore a backup with benang restore/;

describe('a damaged database is refused in one sentence that says what to do', () => {
  test.each<[string, () => void]>([
    ['cut in the middle', () => truncate(path, Math.floor(statSync(path).size / 2))],
    ['cut behind its first page', () => truncate(path, PAGE)],
    ['cut in its header', () => truncate(path, 60)],
    ['a header of noise', () => overwrite(path, 0, Buffer.alloc(100, 0xa5))],
    ['a header of zeros', () => overwrite(path, 0, Buffer.alloc(100))],
    ['another page size', () => overwrite(path, 16, Buffer.from([0x02, 0x00]))],
    ['a schema of zeros', () => overwrite(path, 100, Buffer.alloc(PAGE - 100))],
    [
      'a schema with another table name',
      () => {
        const file = readFileSync(path);
        const here = 'CREATE TABLE session';
        // Changes of the schema have left copies behind.
        for (let at = file.indexOf(here); at >= 0; at = file.indexOf(here, at + 1)) {
          overwrite(path, at, Buffer.from('CREATE TABLE sessiom'));
        }
      },
    ],
    [
      'a schema that SQLite quotes with its line ends and control characters',
      () => {
        const file = readFileSync(path);
        const here = 'CREATE TABLE account (';
        // Changes of the schema have left copies behind.
        for (let at = file.indexOf(here); at >= 0; at = file.indexOf(here, at + 1)) {
          overwrite(path, at, Buffer.from('CREATE TABLE [ccount\n\u001b'));
        }
      },
    ],
    ['a lost version', () => overwrite(path, 60, Buffer.alloc(4))],
    ['zeros for accounts', () => overwrite(path, rootOf('account'), Buffer.alloc(PAGE))],
    ['noise for accounts', () => overwrite(path, rootOf('account'), Buffer.alloc(PAGE, 0x5a))],
    ['zeros for sessions', () => overwrite(path, rootOf('session'), Buffer.alloc(PAGE))],
    ['zeros for correspondents', () => overwrite(path, rootOf('correspondent'), Buffer.alloc(PAGE))],
    ['zeros for an index', () => overwrite(path, rootOf('sqlite_autoindex_account_1'), Buffer.alloc(PAGE))],
    ['zeros for messages', () => overwrite(path, rootOf('message'), Buffer.alloc(PAGE))],
  ])('%s', (_name, damage) => {
    damage();
    expect(() => openDatabase(folder)).toThrow(StartupError);
    expect(() => openDatabase(folder)).toThrow(refusal);
    expect(() => openDatabase(folder)).toThrow(
      /^\P{Cc}{1,500}; restore a backup with benang restore, or choose \P{Cc}*$/u,
    );
  });

  test('an empty file beside a WAL that is not', async () => {
    const store = openStore(folder);
    await addAccounts(store, 'late');
    const image = crashImage(folder);
    truncate(join(image, 'benang.db'), 0);
    const wal = readFileSync(join(image, 'benang.db-wal'));
    expect(() => openDatabase(image)).toThrow(/is damaged \(it is empty\); restore a backup/);
    expect(readFileSync(join(image, 'benang.db-wal'))).toEqual(wal);
  });

  test('whatever bytes are changed, it opens or says why it does not', async () => {
    const whole = readFileSync(path);
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 16 }), fc.constant(new Uint8Array(PAGE))),
    });
    const cut = fc.option(fc.integer({ min: 1, max: whole.length }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), cut, async (changes, length) => {
        const copy = tempFolder();
        const damaged = join(copy, 'benang.db');
        writeFileSync(damaged, whole);
        for (const { at, bytes } of changes) overwrite(damaged, at, bytes);
        if (length !== null) truncate(damaged, length);
        let store: SqliteStore;
        try {
          store = new SqliteStore(openDatabase(copy), { inbox: { messages: 1, bytes: 1 } });
        } catch (error) {
          expect(error).toBeInstanceOf(StartupError);
          expect((error as Error).message).toMatch(/^\P{Cc}{1,500}; \P{Cc}+$/u);
          return;
        }
        // What a server does with it before it listens.
        await store.isEmpty();
        await store.sessions();
        await store.close();
      }),
      { numRuns: 100 },
    );
  });
});

test('what is no database of ours is refused and left as it was', () => {
  const other = tempFolder();
  const theirs = join(other, 'benang.db');
  const db = new DatabaseSync(theirs);
  db.exec('CREATE TABLE theirs (x); PRAGMA application_id = 7');
  db.close();
  const before = readFileSync(theirs);
  expect(() => openDatabase(other)).toThrow(/belongs to another program; name another file or folder/);
  expect(readFileSync(theirs)).toEqual(before);

  const inTheWay = tempFolder();
  mkdirSync(join(inTheWay, 'benang.db'));
  expect(() => openDatabase(inTheWay)).toThrow(/benang.db is a folder; move it away or name another/);
});

test('a refused folder can be opened once it is mended', () => {
  const whole = readFileSync(path);
  truncate(path, PAGE);
  expect(() => openDatabase(folder)).toThrow(refusal);
  writeFileSync(path, whole);
  openDatabase(folder).close();
});
