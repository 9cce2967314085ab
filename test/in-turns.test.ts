import { expect, test } from '@jest/globals';
import { inTurns } from '../src/in-turns.ts';

test('all are done, in order, and others have their turn in between when that takes long', async () => {
  const done: number[] = [];
  let others = 0;
  let going = true;
  const other = (): void => {
    others++;
    if (going) setImmediate(other);
  };
  setImmediate(other);
  await inTurns([1, 2, 3, 4, 5], (item) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3);
    done.push(item);
  });
  going = false;
  expect(done).toEqual([1, 2, 3, 4, 5]);
  expect(others).toBeGreaterThanOrEqual(4);
});

test('few that are cheap are done at once', () => {
  const done: number[] = [];
  void inTurns([1, 2, 3], (item) => done.push(item));
  expect(done).toEqual([1, 2, 3]);
});
