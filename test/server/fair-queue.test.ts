import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue } from '../../src/server/fair-queue.ts';

test('lanes take turns, however many jobs one of them has', async () => {
  const queue = new FairQueue(1, 100);
  const done: string[] = [];
  const lanes = ['a', 'a', 'a', 'a', 'b', 'b', 'c'];
  await Promise.all(lanes.map((lane) => queue.run(lane, async () => void done.push(lane))));
  // The first began at once, before there were others.
  expect(done.join('')).toBe('aabcaba');
});

test('a full queue refuses, and works on', async () => {
  const queue = new FairQueue(1, 1);
  const held = Promise.withResolvers<void>();
  const first = queue.run('a', () => held.promise);
  const second = queue.run('a', async () => 'second');
  expect(queue.full).toBe(true);
  await expect(queue.run('b', async () => 'third')).rejects.toThrow('full');
  held.resolve();
  await first;
  expect(await second).toBe('second');
  expect(queue.full).toBe(false);
});

test('a job that fails fails alone', async () => {
  const queue = new FairQueue(1, 10);
  const jobs = [queue.run('a', () => Promise.reject(new Error('no'))), queue.run('a', async () => 1)];
  expect((await Promise.allSettled(jobs)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('every job runs once, in order within its lane, and never more at once than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(3))),
      fc.integer({ min: 1, max: 4 }),
      async (jobs, atOnce) => {
        const queue = new FairQueue(atOnce, jobs.length);
        let running = 0;
        const begun: Record<string, number[]> = { a: [], b: [], c: [] };
        await Promise.all(
          jobs.map(([lane, turns], index) =>
            queue.run(lane, async () => {
              expect(++running).toBeLessThanOrEqual(atOnce);
              begun[lane]!.push(index);
              for (let turn = 0; turn < turns; turn++) await null;
              running--;
            }),
          ),
        );
        const expected = (lane: string): number[] =>
          jobs.flatMap(([of], index) => (of === lane ? [index] : []));
        for (const lane of ['a', 'b', 'c']) expect(begun[lane]).toEqual(expected(lane));
      },
    ),
  );
});
