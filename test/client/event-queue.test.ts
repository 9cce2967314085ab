import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChatEvent, EventQueue } from '../../src/client/event-queue.ts';
import type { Place } from '../../src/client/place.ts';

const message = (id: number, msg = ''): ChatEvent => ({
  event: 'message',
  id,
  from: 'a',
  to: 'b',
  group: null,
  msg,
  sent_at: 0,
});
const presence: ChatEvent = { event: 'presence', username: 'a', online: true };
const at = (number: number, incarnation = 'one'): Place => ({ number, incarnation });
const numberOf = (event: ChatEvent | undefined) => (event && 'id' in event ? event.id : undefined);
const ignore = () => {};

/** A server that keeps everything, and a line to a queue that may break at any time. */
class Model {
  readonly stored: number[] = [];
  readonly taken: number[] = [];
  readonly queue: EventQueue;
  /** Place of the next of `stored` that the line carries; undefined while it carries nothing that is taken. */
  #next: number | undefined;

  constructor(maxEvents: number) {
    this.queue = new EventQueue(maxEvents, at(0), () => this.listen());
    this.listen();
  }

  listen(): void {
    if (this.queue.full) {
      this.#next = undefined;
      return;
    }
    const since = this.queue.reached!;
    this.#next = this.stored.filter((id) => id <= since.number).length;
    this.queue.begin(since);
  }

  /** The line carries so many events more. */
  carry(count: number): void {
    for (let number = 0; number < count; number++) {
      if (this.#next === undefined || this.#next >= this.stored.length) return;
      const taken = this.queue.put(message(this.stored[this.#next]!), 10);
      if (taken) this.#next++;
      else this.listen();
    }
  }

  async take(): Promise<void> {
    const event = await this.queue.take();
    const id = numberOf(event);
    if (id === undefined) return;
    this.taken.push(id);
    expect(this.queue.place).toEqual(at(id));
  }
}

test('whatever is stored is handed out in order, each once, over any breaks and any slowness', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('store' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('carry' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('break' as const), count: fc.constant(1) }),
    fc.record({ kind: fc.constant('passing' as const), count: fc.integer({ min: 1, max: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60 }),
      async (most, steps) => {
        const model = new Model(most);
        const { queue } = model;
        let waiting = 0;
        /** Takes what is there: `take` waits when there is nothing. */
        const take = async (): Promise<void> => {
          if (waiting > 0) return;
          waiting++;
          await model.take();
          waiting--;
        };
        let id = 0;
        const nextId = (): number => {
          id += 1 + (id % 3);
          return id;
        };
        const takes: Promise<void>[] = [];
        for (const { kind, count } of steps) {
          for (let number = 0; number < count; number++) {
            if (kind === 'store') model.stored.push(nextId());
            if (kind === 'carry') model.carry(1);
            if (kind === 'take') takes.push(take());
            if (kind === 'passing') queue.put(presence, 10);
            if (kind === 'break') model.listen();
            await Promise.resolve();
          }
        }
        // In the end the program takes all, however little has room.
        for (let round = 0; round < 1000 && model.taken.length < model.stored.length; round++) {
          model.carry(1000);
          await take();
          await Promise.resolve();
        }
        expect(model.taken).toEqual(model.stored);
        queue.end(undefined);
        await Promise.all(takes);
      },
    ),
    { numRuns: 300 },
  );
});

test('it holds no more than it may, by number and by length, but always one', async () => {
  let room = 0;
  const queue = new EventQueue(4, at(0), () => room++);
  queue.begin(at(0));
  for (let id = 1; id <= 4; id++) expect(queue.put(message(id), 10)).toBe(true);
  expect(queue.put(message(5), 10)).toBe(false);
  expect([queue.full, queue.reached, queue.place]).toEqual([true, at(4), at(0)]);
  expect(numberOf(await queue.take())).toBe(1);
  // Nothing behind what was forgotten is taken, though there would be room.
  expect(queue.put(message(6), 10)).toBe(false);
  expect(room).toBe(0);
  expect(numberOf(await queue.take())).toBe(2);
  expect([room, queue.full, queue.reached]).toEqual([1, false, at(4)]);

  const long = new EventQueue(1000, at(0), ignore);
  long.begin(at(0));
  expect(long.put(message(1), 2 ** 30)).toBe(true);
  expect(long.put(message(2), 10)).toBe(false);
  expect(long.full).toBe(true);
  await long.take();
  expect(long.full).toBe(false);
});

test('another database takes the place back, behind what was heard already', async () => {
  const queue = new EventQueue(10, at(100), ignore);
  expect(queue.reached).toEqual(at(100));
  queue.begin(at(100));
  queue.put(message(120), 1);
  queue.put(message(130), 1);
  queue.begin(at(50, 'another'));
  expect(queue.reached).toEqual(at(50, 'another'));
  queue.put(message(51), 1);
  // The same number, given by another.
  queue.begin(at(51, 'third'));
  queue.put(message(51), 1);
  const seen: unknown[] = [];
  for (let count = 0; count < 4; count++) {
    const id = numberOf(await queue.take());
    seen.push([id, queue.place]);
  }
  expect(seen).toEqual([
    [120, at(120)],
    [130, at(130)],
    [51, at(51, 'another')],
    [51, at(51, 'third')],
  ]);
  queue.begin(at(40));
  expect(queue.place).toEqual(at(40));
});

test('it ends behind what waits, with an error or without', async () => {
  for (const error of [undefined, new Error('over')]) {
    const queue = new EventQueue(10, at(0), ignore);
    queue.begin(at(0));
    queue.put(message(1), 1);
    queue.end(error);
    expect(queue.put(message(2), 1)).toBe(true);
    expect(numberOf(await queue.take())).toBe(1);
    for (let count = 0; count < 2; count++) {
      if (error) await expect(queue.take()).rejects.toBe(error);
      else expect(await queue.take()).toBeUndefined();
    }
    const idle = new EventQueue(10, at(0), ignore);
    const waiting = idle.take();
    idle.end(error);
    if (error) await expect(waiting).rejects.toBe(error);
    else expect(await waiting).toBeUndefined();
  }
});
