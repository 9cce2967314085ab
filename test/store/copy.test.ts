import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { copyDatabase } from '../../src/store/copy.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A database of some megabytes with one table of numbers. */
function numbers(): { db: DatabaseSync; target: string } {
  const folder = tempFolder();
  const db = new DatabaseSync(join(folder, 'source.db'));
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE number (value INTEGER PRIMARY KEY, filling TEXT)`);
  const insert = db.prepare(`INSERT INTO number VALUES (?, '${'x'.repeat(1000)}')`);
  db.exec('BEGIN');
  for (let value = 0; value < 5000; value++) insert.run(value);
  db.exec('COMMIT');
  const target = join(folder, 'copy.db');
  writeFileSync(target, '');
  return { db, target };
}

function valuesIn(path: string): number[] {
  using db = new DatabaseSync(path);
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  return db
    .prepare('SELECT value FROM number ORDER BY value')
    .all()
    .map(({ value }) => Number(value));
}

describe('copyDatabase', () => {
  test('holds what was committed before, while writing goes on, and tells how far it is', async () => {
    const { db, target } = numbers();
    const insert = db.prepare('INSERT INTO number VALUES (?, NULL)');
    let value = 5000;
    let copying = true;
    const told: number[] = [];
    const copied = copyDatabase(db, target, { progress: ({ done, all }) => void told.push(done / all) });
    const writing = (async () => {
      while (copying) {
        db.exec('BEGIN IMMEDIATE');
        insert.run(value++);
        db.exec('COMMIT');
        await new Promise(setImmediate);
      }
    })();
    await copied;
    copying = false;
    await writing;
    const found = valuesIn(target);
    // All that was there at the beginning, and of the rest what was committed first.
    expect(found.length).toBeGreaterThanOrEqual(5000);
    expect(found).toEqual(found.map((_, index) => index));
    expect(told.length).toBeGreaterThan(10);
    expect(told.every((share) => share > 0 && share < 1)).toBe(true);
    db.close();
  });

  test('begins again when a transaction is in the way of its first step', async () => {
    const { db, target } = numbers();
    db.exec('BEGIN IMMEDIATE; INSERT INTO number VALUES (5000, NULL)');
    const copied = copyDatabase(db, target, {});
    // The first step is done on another thread meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 50));
    db.exec('COMMIT');
    await copied;
    expect(valuesIn(target)).toHaveLength(5001);
    db.close();
  });

  test('ends with the reason when it is called off', async () => {
    const { db, target } = numbers();
    const called = new AbortController();
    const reason = new Error('enough');
    const copied = copyDatabase(db, target, { signal: called.signal, progress: () => called.abort(reason) });
    await expect(copied).rejects.toBe(reason);
    await expect(copyDatabase(db, target, { signal: called.signal })).rejects.toBe(reason);
    db.close();
  });

  test('a copy that cannot be written is an error, and the database goes on', async () => {
    const { db, target } = numbers();
    await expect(copyDatabase(db, join(target, 'nowhere'), {})).rejects.toThrow('ENOTDIR');
    db.exec('INSERT INTO number VALUES (5000, NULL)');
    expect(readFileSync(target)).toHaveLength(0);
    db.close();
  });
});
