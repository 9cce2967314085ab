import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { CHECKPOINT_PAGES } from '../../src/store/checkpointing.ts';
import { databasePath } from '../../src/store/folder.ts';
import { openDatabase, type WritableDatabase } from '../../src/store/open.ts';
import { tempFolder } from '../support/temp-folder.ts';

const PAGES_AT_ONCE = 50;
const PAGE = 'x'.repeat(4000);

/** Writes until `enough`, a turn for each transaction. Returns how many pages the log had at the most. */
async function writeUntil(
  { db, flush, checkpointing }: WritableDatabase,
  enough: () => boolean,
): Promise<number> {
  const insert = db.prepare('INSERT INTO filling VALUES (?)');
  const look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  for (let longest = 0; ; ) {
    db.exec('BEGIN IMMEDIATE');
    for (let page = 0; page < PAGES_AT_ONCE; page++) insert.run(PAGE);
    db.exec('COMMIT');
    flush.now();
    checkpointing.wrote();
    await nextTurn();
    const log = Number(look.get()!.log);
    if (enough() || log < longest) return longest;
    longest = Math.max(longest, log);
  }
}

test('the log begins anew while it is written to all the time', async () => {
  const folder = tempFolder();
  const database = openDatabase(folder);
  database.db.exec('CREATE TABLE filling (text TEXT)');
  const before = statSync(databasePath(folder)).size;
  const longest = await writeUntil(database, () => false);
  expect(longest).toBeGreaterThanOrEqual(CHECKPOINT_PAGES);
  // Beyond that it would begin anew without the other thread (see open.ts).
  expect(longest).toBeLessThan(9 * CHECKPOINT_PAGES);
  expect(statSync(databasePath(folder)).size).toBeGreaterThan(before + CHECKPOINT_PAGES * 4000);
  await database.checkpointing.stop();
  database.close();
});

test('it can be stopped while the log is being moved, and what was written is there', async () => {
  const folder = tempFolder();
  const database = openDatabase(folder);
  database.db.exec('CREATE TABLE filling (text TEXT)');
  const most = CHECKPOINT_PAGES + 20 * PAGES_AT_ONCE;
  let pages = 0;
  await writeUntil(database, () => {
    pages += PAGES_AT_ONCE;
    return pages >= most;
  });
  await database.checkpointing.stop();
  database.close();
  const again = openDatabase(folder);
  expect(again.db.prepare('SELECT count(*) AS n FROM filling').get()).toEqual({ n: pages });
  again.close();
});
