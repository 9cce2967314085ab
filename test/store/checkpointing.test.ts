import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import {
  CHECKPOINT_PAGES,
  Checkpointing,
  HELD_LOG_PAGES,
  type HeldLog,
  LONGEST_LOG_PAGES,
  type Pause,
} from '../../src/store/checkpointing.ts';
import { DiskHealth } from '../../src/store/disk-health.ts';
import { databasePath } from '../../src/store/folder.ts';
import { GroupCommit } from '../../src/store/group-commit.ts';
import { openDatabase, type WritableDatabase } from '../../src/store/open.ts';
import { OURS } from '../../src/store/turns.ts';
import { root, runToEnd } from '../support/program.ts';
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
  let pause: Promise<void> | undefined;
  const pausing: Pause = (work) => {
    pause = new Promise(work);
  };
  for (let longest = 0; ; ) {
    db.exec('BEGIN IMMEDIATE');
    for (let page = 0; page < PAGES_AT_ONCE; page++) insert.run(PAGE);
    db.exec('COMMIT');
    flush.now();
    checkpointing.wrote(pausing);
    await nextTurn();
    await pause;
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

test('a log that somebody holds is told once and left to the other thread, and cut when it is free; writing goes on', async () => {
  const folder = tempFolder();
  const database = openDatabase(folder);
  const { db, checkpointing } = database;
  db.exec('CREATE TABLE filling (text TEXT)');
  const heard: (HeldLog | undefined)[] = [];
  let heardAgain = Promise.withResolvers<void>();
  checkpointing.onHeld = (held) => {
    heard.push(held);
    heardAgain.resolve();
    heardAgain = Promise.withResolvers();
  };
  const size = () => statSync(`${databasePath(folder)}-wal`).size;
  const writersMove = () => db.prepare('PRAGMA wal_autocheckpoint').get()!.wal_autocheckpoint;
  const reader = new DatabaseSync(databasePath(folder), { readOnly: true });
  const read = 'SELECT count(*) AS n FROM filling';
  reader.exec('BEGIN');
  expect(reader.prepare(read).get()).toEqual({ n: 0 });

  expect(checkpointing.held).toBeUndefined();
  await writeUntil(database, () => heard.length > 0);
  expect(heard[0]!.bytes).toBeGreaterThan(HELD_LOG_PAGES * 4096);
  expect(checkpointing.held!.bytes).toBe(size());
  let more = 0;
  await writeUntil(database, () => ++more > 100);
  expect(heard).toHaveLength(1);
  expect(writersMove()).toBe(0);
  expect(reader.prepare(read).get()).toEqual({ n: 0 });

  reader.exec('COMMIT');
  const { n } = reader.prepare(read).get() as { n: number };
  expect(n).toBeGreaterThan(HELD_LOG_PAGES);
  await heardAgain.promise;
  expect(heard).toEqual([heard[0], undefined]);
  expect([size(), checkpointing.held, writersMove()]).toEqual([0, undefined, LONGEST_LOG_PAGES]);
  reader.close();

  await writeUntil(database, () => false);
  expect(heard).toHaveLength(2);
  await checkpointing.stop();
  database.close();
});

test('it can be stopped while somebody holds the log', async () => {
  const folder = tempFolder();
  const database = openDatabase(folder);
  database.db.exec('CREATE TABLE filling (text TEXT)');
  const reader = new DatabaseSync(databasePath(folder), { readOnly: true });
  reader.exec('BEGIN; SELECT * FROM filling');
  let told = false;
  database.checkpointing.onHeld = () => {
    told = true;
  };
  await writeUntil(database, () => told);
  await database.checkpointing.stop();
  const { n } = database.db.prepare('SELECT count(*) AS n FROM filling').get()!;
  database.close();
  reader.close();
  const again = openDatabase(folder);
  expect(again.db.prepare('SELECT count(*) AS n FROM filling').get()).toEqual({ n });
  again.close();
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

test.each([false, true])('writing goes on when the other thread dies, in a pause: %s', async (inPause) => {
  const folder = tempFolder();
  const { db, flush, close } = openDatabase(folder);
  db.exec('CREATE TABLE filling (text TEXT)');
  const insert = db.prepare('INSERT INTO filling VALUES (?)');
  const sign = join(folder, 'sign');
  const die = () => writeFileSync(sign, '');
  const dying = `
    const { parentPort, workerData } = require('node:worker_threads');
    const db = new (require('node:sqlite').DatabaseSync)(workerData);
    parentPort.on('message', () => {
      if (require('node:fs').existsSync(${JSON.stringify(sign)})) throw new Error('as on purpose');
      db.exec('PRAGMA wal_checkpoint(PASSIVE)');
      parentPort.postMessage(null);
    });`;
  const checkpointing = new Checkpointing(db, databasePath(folder), dying);
  let paused = false;
  const group = new GroupCommit(db, flush, new DiskHealth(() => {}), {
    wrote: (pause) =>
      checkpointing.wrote((work) => {
        paused = true;
        die();
        pause(work);
      }),
  });
  if (!inPause) die();
  let written = 0;
  const write = () => {
    written += PAGES_AT_ONCE;
    return group.write('pages', OURS, () => {
      for (let page = 0; page < PAGES_AT_ONCE; page++) insert.run(PAGE);
    });
  };
  // A pause comes as soon as few pages are left behind a pass.
  while (inPause ? !paused : written < 2 * CHECKPOINT_PAGES) await write();
  for (let more = 0; more < 20; more++) await write();
  expect(paused).toBe(inPause);
  await checkpointing.stop();
  expect(db.prepare('SELECT count(*) AS n FROM filling').get()).toEqual({ n: written });
  close();
});

test('when the other thread could not do its work, another one does it later', async () => {
  const folder = tempFolder();
  const { db, flush, close } = openDatabase(folder);
  db.exec('CREATE TABLE filling (text TEXT)');
  const insert = db.prepare('INSERT INTO filling VALUES (?)');
  const sign = join(folder, 'sign');
  const failingOnce = `
    const { existsSync, writeFileSync } = require('node:fs');
    if (!existsSync(${JSON.stringify(sign)})) {
      writeFileSync(${JSON.stringify(sign)}, '');
      throw new Error('as on purpose');
    }
    const { parentPort, workerData } = require('node:worker_threads');
    const db = new (require('node:sqlite').DatabaseSync)(workerData);
    parentPort.on('message', (mode) => {
      if (!mode) return parentPort.close();
      parentPort.postMessage({ ...db.prepare('PRAGMA wal_checkpoint(' + mode + ')').get() });
    });`;
  const checkpointing = new Checkpointing(db, databasePath(folder), failingOnce, 0);
  const group = new GroupCommit(db, flush, new DiskHealth(() => {}), {
    wrote: (pause) => checkpointing.wrote(pause),
  });
  const moved = () => Number(db.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.checkpointed);
  let written = 0;
  while (moved() <= 0) {
    written += PAGES_AT_ONCE;
    await group.write('pages', OURS, () => {
      for (let page = 0; page < PAGES_AT_ONCE; page++) insert.run(PAGE);
    });
    // From ten times as much on, whoever writes moves the log.
    expect(written).toBeLessThan(9 * CHECKPOINT_PAGES);
  }
  expect(existsSync(sign)).toBe(true);
  await checkpointing.stop();
  expect(db.prepare('SELECT count(*) AS n FROM filling').get()).toEqual({ n: written });
  close();
});

test('a process that waits for nothing but the other thread does not end meanwhile', async () => {
  const program = join(root, 'test/support/wait-for-checkpoint.ts');
  expect(await runToEnd(process.execPath, [program, tempFolder()])).toMatchObject({
    code: 0,
    stdout: 'waited\n',
  });
});
