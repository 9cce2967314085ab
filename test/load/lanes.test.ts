import { performance } from 'node:perf_hooks';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lanes } from '../../src/load/lanes.ts';
import { Pacer } from '../../src/load/pacer.ts';
import { Schedule } from '../../src/load/schedule.ts';

/** A connection on which each request is answered when the test says so. */
class Line {
  readonly begun: number[] = [];
  readonly #waiting: ((there: boolean) => void)[] = [];
  #moved = Promise.withResolvers<void>();

  readonly move = (begun: number): Promise<boolean> => {
    this.begun.push(begun);
    this.#moved.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  };

  get inFlight(): number {
    return this.#waiting.length;
  }

  async answer(there = true): Promise<void> {
    this.#waiting.shift()!(there);
    await new Promise(setImmediate);
  }

  /** Resolves when so many requests have been made. */
  async made(count: number): Promise<void> {
    while (this.begun.length < count) {
      this.#moved = Promise.withResolvers();
      await this.#moved.promise;
    }
  }
}

test('a schedule spreads the connections evenly, and the whole has the rate', () => {
  const rate = fc.integer({ min: 1, max: 100_000 });
  const connections = fc.integer({ min: 1, max: 500 });
  fc.assert(
    fc.property(rate, connections, fc.nat({ max: 1_000_000 }), (each, count, request) => {
      const schedule = new Schedule(each, count);
      const due = schedule.due(request % count, Math.floor(request / count));
      const exact = (request * 1000) / each;
      expect(Math.abs(due - exact)).toBeLessThanOrEqual(exact * 1e-9 + 1e-6);
    }),
  );
});

test('lanes keep as many requests in flight as they may, while there is work', async () => {
  const line = new Line();
  let work = 5;
  const lanes = new Lanes(line.move, 3, () => (work > 0 ? work-- : undefined));
  lanes.fill();
  expect(line.begun).toEqual([5, 4, 3]);
  await line.answer();
  expect([line.begun.length, line.inFlight]).toEqual([4, 3]);
  for (let left = 4; left > 0; left--) await line.answer();
  await lanes.done();
  expect([line.begun, line.inFlight]).toEqual([[5, 4, 3, 2, 1], 0]);
});

test('lanes stop where the connection is lost', async () => {
  const line = new Line();
  const lanes = new Lanes(line.move, 2, () => 1);
  lanes.fill();
  await line.answer(false);
  await lanes.gone;
  await line.answer();
  await lanes.done();
  lanes.fill();
  expect(line.begun).toHaveLength(2);
});

test('requests count from when they were due, also those that had to wait', async () => {
  const [quick, slow] = [new Line(), new Line()];
  // Each has a request every 10 ms.
  const pacer = new Pacer(new Schedule(200, 2), [0, 1]);
  pacer.begin(0, quick.move, 1000);
  pacer.begin(1, slow.move, 1);
  await quick.made(10);
  expect(slow.begun).toHaveLength(1);
  for (let answered = 1; answered < 4; answered++) await slow.answer();
  const unmade: number[] = [];
  pacer.end((waited) => unmade.push(waited));
  for (const begun of [quick.begun, slow.begun]) {
    for (const [round, due] of begun.entries()) expect(due - begun[0]!).toBeCloseTo(10 * round);
  }
  expect(slow.begun[0]! - quick.begun[0]!).toBeCloseTo(5);
  expect(slow.begun).toHaveLength(4);
  // All others that were due by now are told of, the oldest first, 10 ms apart.
  expect(unmade.length).toBeGreaterThanOrEqual(5);
  expect(unmade[0]! - unmade.at(-1)!).toBeCloseTo(10 * (unmade.length - 1));
  expect(unmade.at(-1)).toBeLessThan(10 + unmade[0]! - unmade.at(-1)!);
  // Only what was made at once can be late by our own doing.
  expect(pacer.late.count).toBe(quick.begun.length + 1);
});

test('a connection that begins later owes nothing of the time before', async () => {
  const [early, late] = [new Line(), new Line()];
  const pacer = new Pacer(new Schedule(1000, 2), [4, 7]);
  pacer.begin(4, early.move, 1000);
  await early.made(10);
  const begins = performance.now();
  pacer.begin(7, late.move, 1000);
  await late.made(2);
  pacer.end(() => {});
  // At most the one that was just being waited for.
  expect(late.begun[0]).toBeGreaterThan(begins - 2);
  expect(late.begun[1]! - late.begun[0]!).toBeCloseTo(2);
});
