import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { processorTime } from '../../src/steps.ts';
import type { Pause } from '../../src/store/checkpointing.ts';
import { DiskHealth } from '../../src/store/disk-health.ts';
import { GroupCommit } from '../../src/store/group-commit.ts';
import { StorageError } from '../../src/store/store.ts';
import { OURS } from '../../src/store/turns.ts';
import { tempFolder } from '../support/temp-folder.ts';

let db: DatabaseSync;
let group: GroupCommit;
/** Those that are under way, each until it is told how it has ended. */
let flushes: ((error: Error | null) => void)[];
let disk: DiskHealth;
let flushNow: () => void;

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE number (value INTEGER PRIMARY KEY)');
  flushes = [];
  flushNow = () => {};
  disk = new DiskHealth(() => {});
  const flush = { now: () => flushNow(), start: (done: (error: Error | null) => void) => flushes.push(done) };
  group = new GroupCommit(db, flush, disk);
});
afterEach(() => db.close());

/** Ends each flush as soon as it is under way. */
async function flushing<T>(work: Promise<T>): Promise<T> {
  let ended = false;
  const done = () => {
    ended = true;
  };
  work.then(done, done);
  while (!ended) {
    await nextTurn();
    if (flushes.length > 0) endFlush();
  }
  return work;
}

const sleep = (milliseconds: number) =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Ends a flush that is under way, not so soon that the disk could be a quick one. */
function endFlush(error: Error | null = null): void {
  sleep(2);
  flushes.shift()!(error);
}

/** The first flush takes a while; from then on the disk is known to be slow. */
function slowDisk(): void {
  flushNow = () => sleep(20);
}

const insert = (value: number) =>
  group.write('insert', OURS, () => void db.prepare('INSERT INTO number VALUES (?)').run(value));
const values = () =>
  db
    .prepare('SELECT value FROM number')
    .all()
    .map((row) => row.value);

describe('GroupCommit', () => {
  test('runs what has gathered in one transaction, in order, and answers in order', async () => {
    const inTransaction: boolean[] = [];
    const answered: string[] = [];
    const note = (name: string) => () => void answered.push(name);
    await flushing(
      Promise.all([
        insert(1).then(note('insert 1')),
        group.read('look', OURS, () => inTransaction.push(db.isTransaction)).then(note('read')),
        group.read('look', OURS, () => values()).then((seen) => expect(seen).toEqual([1])),
        insert(2).then(note('insert 2')),
      ]),
    );
    expect(inTransaction).toEqual([true]);
    expect(answered).toEqual(['insert 1', 'read', 'insert 2']);
    expect(values()).toEqual([1, 2]);
    expect(db.isTransaction).toBe(false);
  });

  test('opens no transaction when nothing is written', async () => {
    expect(await group.read('look', OURS, () => db.isTransaction)).toBe(false);
  });

  test('answers nothing before it is committed', async () => {
    let answered = false;
    const write = insert(1).then(() => {
      answered = true;
    });
    const seen = group.read('look', OURS, () => answered);
    await flushing(write);
    expect(await seen).toBe(false);
  });

  test('a failing operation costs nobody else anything', async () => {
    const outcomes = await flushing(
      Promise.allSettled([insert(1), insert(1), group.read('look', OURS, () => 'read'), insert(2)]),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(StorageError);
    expect(values()).toEqual([1, 2]);
    await insert(3);
    expect(values()).toEqual([1, 2, 3]);
  });

  test('while nothing can be written, writes are refused and reads go on', async () => {
    await insert(1);
    db.exec('PRAGMA query_only = ON');
    const outcomes = await flushing(Promise.allSettled([insert(2), group.read('look', OURS, values)]));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    db.exec('PRAGMA query_only = OFF');
    await insert(3);
    expect(values()).toEqual([1, 3]);
  });

  test('nobody is answered before the flush, and what comes meanwhile shares the next one', async () => {
    slowDisk();
    await insert(0);
    const answered: string[] = [];
    const note = (name: string) => () => void answered.push(name);
    const first = [insert(1).then(note('1')), insert(2).then(note('2'))];
    await nextTurn();
    const next = [insert(3).then(note('3')), group.read('look', OURS, values), insert(4).then(note('4'))];
    await nextTurn();
    expect([answered, values(), flushes.length]).toEqual([[], [0, 1, 2], 1]);
    endFlush();
    await Promise.all(first);
    expect([answered, values(), flushes.length]).toEqual([['1', '2'], [0, 1, 2, 3, 4], 1]);
    endFlush();
    expect((await Promise.all(next))[1]).toEqual([0, 1, 2, 3]);
  });

  test('on a quick disk a flush is waited for, also when some took long, and a read needs none', async () => {
    let flushed = 0;
    flushNow = () => flushed++;
    await Promise.all([insert(1), insert(2)]);
    await group.read('look', OURS, values);
    expect([flushed, flushes.length]).toEqual([1, 0]);
    flushNow = () => sleep(++flushed % 4 > 0 ? 5 : 0);
    for (let value = 3; value < 20; value++) await insert(value);
    expect([flushed, flushes.length]).toEqual([18, 0]);
  });

  test('a disk that becomes slow is soon not waited for any more, until it is quick again', async () => {
    await insert(0);
    flushNow = () => sleep(5);
    let waitedFor = 0;
    while (flushes.length === 0) {
      void insert(++waitedFor);
      await nextTurn();
    }
    expect(waitedFor).toBeLessThanOrEqual(9);
    flushes.shift()!(null);
    await nextTurn();
    await insert(10);
    expect(flushes).toEqual([]);
  });

  test('a slow disk is waited for now and then, so it is found out when it seemed slow only', async () => {
    slowDisk();
    await insert(0);
    let waitedFor = 0;
    flushNow = () => waitedFor++;
    let value = 0;
    for (; waitedFor === 0; value++) await flushing(insert(value + 1));
    expect(value).toBe(33);
    await insert(value + 1);
    expect([waitedFor, flushes.length]).toEqual([2, 0]);
  });

  test('a slow disk is not waited for', async () => {
    slowDisk();
    await insert(1);
    await nextTurn();
    const write = insert(2);
    await nextTurn();
    expect(flushes.length).toBe(1);
    endFlush();
    await write;
  });

  test('what was committed is told before anybody is answered', async () => {
    const told: string[] = [];
    const work = [1, 2].map((value) =>
      group
        .write(
          'insert',
          OURS,
          () => value,
          (outcome) => told.push(`committed ${outcome}`),
        )
        .then((outcome) => told.push(`answered ${outcome}`)),
    );
    await flushing(Promise.all(work));
    expect(told).toEqual(['committed 1', 'committed 2', 'answered 1', 'answered 2']);
  });

  test('in a pause nothing is committed, and it begins when the flush that is under way has ended', async () => {
    let begun = false;
    let end = (): void => {};
    const wrote = (pause: Pause): void => {
      if (!begun) pause((done) => (end = done));
      begun = true;
    };
    const flush = {
      now: () => flushNow(),
      start: (done: (error: Error | null) => void) => flushes.push(done),
    };
    group = new GroupCommit(db, flush, disk, { wrote });
    slowDisk();
    await insert(1);
    const second = insert(2);
    await nextTurn();
    expect(values()).toEqual([1]);
    end();
    await flushing(second);
    expect(values()).toEqual([1, 2]);
  });

  test('what is done beside the database is undone with the transaction, the last thing first', async () => {
    const beside: string[] = [];
    const write = (name: string, value: number) =>
      group.write('insert', OURS, () => {
        beside.push(name);
        group.undo(() => expect(beside.pop()).toBe(name));
        db.prepare('INSERT INTO number VALUES (?)').run(value);
      });
    const outcomes = await flushing(Promise.allSettled([write('a', 1), write('b', 1), write('c', 2)]));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(beside).toEqual(['a', 'c']);
  });

  test('a failed flush refuses its group, and nothing is written until the log has been moved', async () => {
    const folder = tempFolder();
    db.close();
    db = new DatabaseSync(join(folder, 'test.db'));
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE number (value INTEGER PRIMARY KEY)');
    const reader = new DatabaseSync(join(folder, 'test.db'));
    group = new GroupCommit(db, { now: () => flushNow(), start: (done) => flushes.push(done) }, disk);
    // While somebody reads what is in the log it cannot be moved.
    reader.exec('BEGIN; SELECT * FROM number');
    const failure = Object.assign(new Error('EIO: i/o error, fdatasync'), {
      code: 'EIO',
      syscall: 'fdatasync',
    });
    flushNow = () => {
      sleep(20);
      throw failure;
    };
    await expect(insert(1)).rejects.toBeInstanceOf(StorageError);
    expect(disk.trouble).toMatchObject({ reason: failure.message });
    await expect(insert(2)).rejects.toBeInstanceOf(StorageError);
    expect(await group.read('look', OURS, values)).toEqual([1]);
    reader.exec('COMMIT');
    await flushing(insert(3));
    const pair = Promise.all([insert(4), insert(5)]);
    await nextTurn();
    endFlush(failure);
    // The log could be moved, so all is well.
    await pair;
    expect(values()).toEqual([1, 3, 4, 5]);
    reader.close();
  });

  /** Takes longer than a round. */
  const long = (value: number, owner = OURS) =>
    group.write('long', owner, () => {
      db.prepare('INSERT INTO number VALUES (?)').run(value);
      const began = processorTime();
      while (processorTime() - began < 5);
    });

  test('what takes a round is committed alone, and the rest in the next rounds, in order', async () => {
    slowDisk();
    await insert(0);
    const work = [long(1), insert(2), long(3), insert(4), insert(5)];
    const seen: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      await nextTurn();
      seen.push(values());
      endFlush();
    }
    await Promise.all(work);
    expect(seen).toEqual([
      [0, 1],
      [0, 1, 2, 3],
      [0, 1, 2, 3, 4, 5],
    ]);
  });

  test('an operation in pieces is answered behind the last one; others come in between, and none of its owner', async () => {
    const done: string[] = [];
    const note = (name: string) => () => void done.push(name);
    const count = group.inPieces<number, string>('count', 7, {
      writes: true,
      start: 1,
      run: (value) => {
        db.prepare('INSERT INTO number VALUES (?)').run(value);
        return value < 4 ? { next: value + 1 } : { done: 'counted' };
      },
      told: (piece) => done.push(JSON.stringify(piece)),
    });
    const own = group.write('insert', 7, () => void db.prepare('INSERT INTO number VALUES (10)').run());
    const others = [11, 12].map((value, index) =>
      group
        .write('insert', 8 + index, () => void db.prepare('INSERT INTO number VALUES (?)').run(value))
        .then(note(`insert ${value}`)),
    );
    const all = Promise.all([count.then(note('count')), own.then(note('own')), ...others]);
    await flushing(all);
    expect(await count).toBe('counted');
    expect(done).toEqual([
      '{"next":2}',
      'insert 11',
      'insert 12',
      '{"next":3}',
      '{"next":4}',
      '{"done":"counted"}',
      'count',
      'own',
    ]);
    await group.idle();
    expect(values()).toEqual([1, 2, 3, 4, 10, 11, 12]);
  });

  test('a piece that fails refuses its operation alone, and those before it have been done', async () => {
    const pieces = group.inPieces<number, never>('count', 7, {
      writes: true,
      start: 1,
      run: (value) => {
        db.prepare('INSERT INTO number VALUES (?)').run(value);
        return { next: value === 3 ? 1 : value + 1 };
      },
    });
    const others = [4, 5].map((value) => insert(value));
    const [failed, ...rest] = await flushing(Promise.allSettled([pieces, ...others]));
    expect((failed as PromiseRejectedResult).reason).toBeInstanceOf(StorageError);
    expect(rest.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await insert(6);
    expect(values()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a piece in a group that fails begins from the same state again', async () => {
    const states: number[] = [];
    const pieces = group.inPieces<number, number>('count', 7, {
      writes: true,
      start: 1,
      run: (state) => {
        states.push(state);
        return state < 3 ? { next: state + 1 } : { done: state };
      },
    });
    const outcomes = await flushing(Promise.allSettled([pieces, insert(1), insert(1), insert(2)]));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(states).toEqual([1, 1, 2, 3]);
    expect(values()).toEqual([1, 2]);
  });

  test('whatever gathers, each owner has its operations done in their order, and everything is answered once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            owner: fc.integer({ min: 1, max: 4 }),
            pieces: fc.integer({ min: 1, max: 4 }),
            kind: fc.constantFrom('read', 'write', 'fails'),
          }),
          { maxLength: 40 },
        ),
        async (wanted) => {
          const ran: { owner: number; index: number; piece: number }[] = [];
          const answered: number[] = [];
          const work = wanted.map(({ owner, pieces, kind }, index) =>
            group
              .inPieces<number, number>(kind, owner, {
                writes: kind !== 'read',
                start: 1,
                run: (piece) => {
                  const entry = { owner, index, piece };
                  ran.push(entry);
                  group.undo(() => void ran.splice(ran.indexOf(entry), 1));
                  if (kind === 'fails' && piece === pieces) throw new Error('as on purpose');
                  return piece < pieces ? { next: piece + 1 } : { done: index };
                },
              })
              .then(
                (done) => {
                  answered.push(done);
                },
                () => {
                  answered.push(index);
                },
              ),
          );
          await flushing(Promise.all(work));
          expect(answered.toSorted((a, b) => a - b)).toEqual(wanted.map((_, index) => index));
          for (const owner of [1, 2, 3, 4]) {
            const written = ran.filter((one) => one.owner === owner && wanted[one.index]!.kind === 'write');
            const expected = wanted.flatMap((one, index) =>
              one.owner === owner && one.kind === 'write'
                ? Array.from({ length: one.pieces }, (_, piece) => ({ owner, index, piece: piece + 1 }))
                : [],
            );
            expect(written).toEqual(expected);
          }
        },
      ),
    );
  });
});
