import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Bell } from '../../src/threads/bell.ts';
import { Crossing } from '../../src/threads/crossing.ts';
import { Mailbox, mailboxShape } from '../../src/threads/mailbox.ts';
import type { Posted } from '../../src/threads/messages.ts';
import { Pulse } from '../../src/threads/pulse.ts';
import { REFUSAL } from '../../src/threads/slot.ts';
import type { Wish } from '../support/slow-main.ts';

let end: () => Promise<void> = async () => {};
afterEach(async () => {
  await end();
  end = async () => {};
});

const asked = (connection: number, text: string) => {
  return { connection, received: 0, repeated: 0, what: REFUSAL, text, cuts: [] };
};

/** A crossing whose thread is this one, and what came over it. `shared` may be changed at any time; `slots` as for a thread that will be. */
function open(shared: boolean, slots = shared) {
  const bell = new Bell();
  const mailbox = new Mailbox(mailboxShape(slots ? 2 : 1, 1024));
  const place = bell.takePlace();
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(join(import.meta.dirname, '../support/slow-main.ts'), {
    workerData: { bell: bell.memory, mailbox: { shape: mailbox.shape, memory: mailbox.memory }, port: port2 },
    transferList: [port2],
  });
  const came: { connection: number; text: string }[] = [];
  let heard = Promise.withResolvers<void>();
  const take = (connection: number, text: string): void => {
    came.push({ connection, text });
    heard.resolve();
  };
  const crossing = new Crossing({
    port,
    mailbox,
    bell,
    place,
    pulse: new Pulse(),
    receive: (message) => {
      if (message.kind === 'events') for (const { text } of message.told) take(0, text);
    },
    answer: ({ connection, bytes, from, to }) => take(connection, bytes.latin1Slice(from, to)),
  });
  crossing.shared = shared;
  end = async () => {
    port.postMessage('end');
    await once(worker, 'exit');
  };
  return {
    crossing,
    came,
    /** In one turn. */
    ask: (...wishes: (Wish & { connection: number })[]): void =>
      crossing.turn(() => {
        for (const { connection, ...wish } of wishes) crossing.ask(asked(connection, JSON.stringify(wish)));
      }),
    /** Until so many things came. */
    until: async (count: number): Promise<void> => {
      while (came.length < count) {
        heard = Promise.withResolvers();
        await heard.promise;
      }
    },
  };
}

test('a thread of its own sleeps until its batch is answered', () => {
  const { ask, came } = open(false);
  ask({ connection: 1, after: 20, say: 'a', told: 'event' });
  expect(came.map(({ text }) => text)).toEqual(['event', 'a']);
});

test('a shared thread goes on while a batch takes long, and asks for others meanwhile', async () => {
  const { ask, came, until } = open(true);
  ask({ connection: 1, holds: true, say: 'late', told: 'event' });
  await until(1);
  ask({ connection: 2, say: 'soon' });
  // Crosses in the check phase, before this goes on.
  await new Promise(setImmediate);
  ask({ connection: 1, frees: true, say: 'behind' });
  await until(4);
  expect(came.map(({ text }) => text)).toEqual(['event', 'soon', 'late', 'behind']);
});

test('a shared thread finds what was answered while it was busy with something else', async () => {
  const { ask, came, until } = open(true);
  // Main is there then.
  ask({ connection: 1, say: 'first' });
  await until(1);
  ask({ connection: 1, after: 5, say: 'a' });
  await new Promise(setImmediate);
  const busy = performance.now();
  while (performance.now() - busy < 50);
  await until(2);
  expect(came.map(({ text }) => text)).toEqual(['first', 'a']);
});

test('what was answered before a message was posted comes before it, also when the thread was not looking', async () => {
  const { ask, came, until } = open(true);
  ask({ connection: 1, say: 'first' });
  await until(1);
  ask({ connection: 1, after: 5, say: 'answer', behind: 'event' });
  await new Promise(setImmediate);
  const busy = performance.now();
  while (performance.now() - busy < 50);
  // Lets the message come by the event loop, before anything looks into the slots.
  await until(3);
  expect(came.map(({ text }) => text)).toEqual(['first', 'answer', 'event']);
});

test('a thread that is not shared any more does not wait for what it has left', async () => {
  const { ask, came, crossing, until } = open(true);
  ask({ connection: 1, holds: true, say: 'late', told: 'event' });
  await until(1);
  crossing.shared = false;
  ask({ connection: 1, frees: true, say: 'behind' });
  expect(came).toHaveLength(1);
  await until(3);
  ask({ connection: 1, after: 5, say: 'waited for' });
  expect(came.map(({ text }) => text)).toEqual(['event', 'late', 'behind', 'waited for']);
});

/** Lets main act, by calling it, whenever the thread sleeps. */
class SleepingPulse extends Pulse {
  readonly #main: () => void;

  constructor(main: () => void) {
    super();
    this.#main = main;
  }

  override wait(): boolean {
    this.#main();
    return true;
  }
}

test.each([
  ['', []],
  [', with one that was lost before it', [1]],
  [', with one that was lost behind it', [2]],
  [', with several that were lost', [1, 2, 3, 5]],
])('an event that was told behind the answer comes behind it%s', (_what, lost) => {
  const mailbox = new Mailbox(mailboxShape(1, 1024));
  const { port1: port, port2 } = new MessageChannel();
  end = async () => port.close();
  const came: string[] = [];
  const told = (text: string): void => {
    const events: Posted = {
      kind: 'events',
      told: [{ text, connections: [1] }],
      number: mailbox.nextNumber,
    };
    if (!lost.includes(events.number)) port2.postMessage(events);
    mailbox.posted();
  };
  const main = new Mailbox(mailbox.shape, mailbox.memory);
  const act = (): void => {
    const { slot } = main.take()!;
    for (const number of [1, 2]) told(`event ${number}`);
    main.answer(slot, [
      { connection: 1, text: 'answer', replies: 1, errors: 0, delivers: false, ended: false },
    ]);
    for (const number of [3, 4, 5]) told(`event ${number}`);
  };
  const bell = new Bell();
  const crossing = new Crossing({
    port,
    mailbox,
    bell,
    place: bell.takePlace(),
    pulse: new SleepingPulse(act),
    receive: (message) => {
      if (message.kind === 'events') for (const { text } of message.told) came.push(text);
    },
    answer: ({ bytes, from, to }) => came.push(bytes.latin1Slice(from, to)),
  });
  const ask = (): void => crossing.turn(() => crossing.ask(asked(1, 'x')));
  // What was told behind an answer may be taken now, or before the next one.
  ask();
  const all = ['event 1', 'event 2', 'answer', 'event 3', 'event 4', 'event 5'];
  const kept = all.filter((text) => !lost.some((number) => text === `event ${number}`));
  expect(came).toEqual(kept.slice(0, came.length));
  expect(came).toContain('answer');
  ask();
  expect(came).toEqual([...kept, ...all].slice(0, came.length));
  expect(came.filter((text) => text === 'answer')).toHaveLength(2);
});

test('each connection gets its answers in order, each once, however long and large they are, whatever is lost, and events in between', async () => {
  const { ask, came, crossing, until } = open(true);
  const wish = fc.record({
    connection: fc.integer({ min: 1, max: 4 }),
    after: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 3 }),
    size: fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 20 }) },
      { weight: 1, arbitrary: fc.constant(20_000) },
    ),
    loses: fc.boolean(),
    told: fc.boolean(),
  });
  const turn = fc.record({
    wishes: fc.array(wish, { minLength: 1, maxLength: 4 }),
    rest: fc.boolean(),
    shared: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 40 }), async (turns) => {
      came.length = 0;
      const said: { connection: number; text: string }[] = [];
      let number = 0;
      for (const { wishes, rest, shared } of turns) {
        crossing.shared = shared;
        ask(
          ...wishes.map(({ connection, after, size, loses, told }) => {
            const say = `${++number} ${'x'.repeat(size)}`;
            if (told) said.push({ connection: 0, text: `event ${number}` });
            said.push({ connection, text: say });
            return { connection, after, say, loses, told: told ? `event ${number}` : undefined };
          }),
        );
        if (rest) await new Promise(setImmediate);
      }
      await until(said.length);
      for (let connection = 1; connection <= 4; connection++) {
        const of = (list: typeof said) => list.filter((one) => one.connection === connection);
        expect(of(came)).toEqual(of(said));
      }
      const events = came.filter(({ connection }) => connection === 0).map(({ text }) => text);
      expect(new Set(events).size).toBe(events.length);
      const at = (start: string) => came.findIndex(({ text }) => text.startsWith(start));
      for (const event of events) expect(at(event)).toBeLessThan(at(`${event.slice('event '.length)} `));
    }),
    { numRuns: 100 },
  );
});

test('when there is more than a batch takes connections have their turns', async () => {
  const { ask, came, until } = open(true);
  const [many, all] = [600, 603];
  const crowd = Array.from({ length: many }, (_, number) => ({ connection: 1, say: String(number) }));
  ask(...crowd, { connection: 2, say: 'a' }, { connection: 2, say: 'b' }, { connection: 3, say: 'c' });
  await until(all);
  const texts = (of: number): string[] =>
    came.flatMap(({ connection, text }) => (connection === of ? [text] : []));
  expect(texts(1)).toEqual(crowd.map(({ say }) => say));
  expect(texts(2)).toEqual(['a', 'b']);
  expect(came.findIndex(({ text }) => text === 'b')).toBeLessThan(64 + 10);
  expect(came.findIndex(({ text }) => text === 'c')).toBeLessThan(64 + 10);
});
