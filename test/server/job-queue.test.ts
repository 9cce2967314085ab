import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JobQueue } from '../../src/server/job-queue.ts';

test('lanes take turns, however many jobs one of them has', async () => {
  const queue = new JobQueue(1, 100);
  const done: string[] = [];
  const lanes = ['a', 'a', 'a', 'a', 'b', 'b', 'c'];
  await Promise.all(lanes.map((lane) => queue.run(lane, async () => void done.push(lane))));
  // The first began at once, before there were others.
  expect(done.join('')).toBe('aabcaba');
});

/** A queue in which a job runs until `release` is called, and of what waits how each ended. */
function held(most: number) {
  const queue = new JobQueue(1, most);
  const { promise, resolve: release } = Promise.withResolvers<void>();
  void queue.run('held', () => promise);
  const outcomes: string[] = [];
  const ask = (lane: string, signal?: AbortSignal): Promise<void> =>
    queue
      .run(lane, async () => 'done', signal)
      .catch((error: Error) => error.name)
      .then((outcome) => void outcomes.push(`${lane} ${outcome}`));
  return { queue, release, outcomes, ask };
}

test('a full queue refuses who has most in it, and works on', async () => {
  const { queue, release, outcomes, ask } = held(4);
  const asked = [ask('a'), ask('a'), ask('a'), ask('a')];
  await ask('a');
  expect(outcomes).toEqual(['a QueueFullError']);
  // Others find room, as long as they have fewer.
  asked.push(ask('b'), ask('c'));
  await asked[3];
  await asked[2];
  expect(outcomes).toEqual(['a QueueFullError', 'a QueueFullError', 'a QueueFullError']);
  await ask('b');
  expect(outcomes.at(-1)).toBe('b QueueFullError');
  expect(queue.waiting).toBe(4);
  release();
  await Promise.all(asked);
  expect(outcomes.slice(4)).toEqual(['a done', 'b done', 'c done', 'a done']);
  expect(queue.waiting).toBe(0);
});

test('who need not be served any more leaves at once, and is never served', async () => {
  const { queue, release, outcomes, ask } = held(10);
  const leaving = new AbortController();
  const jobs = ['a', 'b', 'a', 'c', 'a'].map((lane) => ask(lane, lane === 'a' ? leaving.signal : undefined));
  leaving.abort();
  await Promise.all([jobs[0], jobs[2], jobs[4]]);
  expect(outcomes).toEqual(['a AbortError', 'a AbortError', 'a AbortError']);
  expect(queue.waiting).toBe(2);
  await expect(queue.run('d', async () => 1, leaving.signal)).rejects.toThrow('aborted');
  release();
  await Promise.all(jobs);
  expect(outcomes.slice(3)).toEqual(['b done', 'c done']);
});

test('what has begun ends as it does, whoever has left', async () => {
  const queue = new JobQueue(1, 1);
  const leaving = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = queue.run('a', () => promise, leaving.signal);
  const waiting = queue.run('a', async () => 'next', leaving.signal).catch((error: Error) => error.name);
  leaving.abort();
  resolve('done');
  expect(await running).toBe('done');
  expect(await waiting).toBe('AbortError');
  expect(await queue.run('b', async () => 'free')).toBe('free');
});

test('a job that fails fails alone', async () => {
  const queue = new JobQueue(1, 10);
  const jobs = [queue.run('a', () => Promise.reject(new Error('no'))), queue.run('a', async () => 1)];
  expect((await Promise.allSettled(jobs)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('every job runs once, in order within its lane, and never more at once than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(3))),
      fc.integer({ min: 1, max: 4 }),
      async (jobs, atOnce) => {
        const queue = new JobQueue(atOnce, jobs.length);
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
