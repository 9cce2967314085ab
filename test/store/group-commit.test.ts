import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DiskHealth } from '../../src/store/disk-health.ts';
import { GroupCommit } from '../../src/store/group-commit.ts';
import { StorageError } from '../../src/store/store.ts';

let db: DatabaseSync;
let group: GroupCommit;

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE number (value INTEGER PRIMARY KEY)');
  group = new GroupCommit(db, new DiskHealth(() => {}));
});
afterEach(() => db.close());

const insert = (value: number) =>
  group.write(() => void db.prepare('INSERT INTO number VALUES (?)').run(value));
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
    await Promise.all([
      insert(1).then(note('insert 1')),
      group.read(() => inTransaction.push(db.isTransaction)).then(note('read')),
      group.read(() => values()).then((seen) => expect(seen).toEqual([1])),
      insert(2).then(note('insert 2')),
    ]);
    expect(inTransaction).toEqual([true]);
    expect(answered).toEqual(['insert 1', 'read', 'insert 2']);
    expect(values()).toEqual([1, 2]);
    expect(db.isTransaction).toBe(false);
  });

  test('opens no transaction when nothing is written', async () => {
    expect(await group.read(() => db.isTransaction)).toBe(false);
  });

  test('answers nothing before it is committed', async () => {
    let answered = false;
    const write = insert(1).then(() => {
      answered = true;
    });
    const seen = group.read(() => answered);
    await write;
    expect(await seen).toBe(false);
  });

  test('a failing operation costs nobody else anything', async () => {
    const outcomes = await Promise.allSettled([insert(1), insert(1), group.read(() => 'read'), insert(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(StorageError);
    expect(values()).toEqual([1, 2]);
    await insert(3);
    expect(values()).toEqual([1, 2, 3]);
  });

  test('while nothing can be written, writes are refused and reads go on', async () => {
    await insert(1);
    db.exec('PRAGMA query_only = ON');
    const outcomes = await Promise.allSettled([insert(2), group.read(values)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    db.exec('PRAGMA query_only = OFF');
    await insert(3);
    expect(values()).toEqual([1, 3]);
  });
});
