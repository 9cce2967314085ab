import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commands, cutRequest } from '../../src/commands/index.ts';
import { Mailbox, mailboxShape } from '../../src/threads/mailbox.ts';
import type { Answer, Asked, Result, ThreadRequest } from '../../src/threads/messages.ts';
import { asEnd, REFUSAL } from '../../src/threads/slot.ts';
import { parseRequest } from '../support/parse-request.ts';

const KiB = 1024;

/** Both sides of a mailbox. */
function open(connections: number, maxRequest = KiB) {
  const shape = mailboxShape(connections, maxRequest);
  const thread = new Mailbox(shape);
  const main = new Mailbox(shape, thread.memory);
  return {
    thread,
    main,
    ask: (...all: Asked[]): void => {
      for (const asked of all) expect(thread.open!.put(asked)).toBe(true);
      thread.ask();
    },
    /** What is answered first, with its bytes as text. */
    taken: (): Result[] => {
      const taken: Result[] = [];
      thread.results(thread.firstAnswered!, (answer) => taken.push(asResult(answer)));
      return taken;
    },
  };
}

const asResult = ({ bytes, from, to, ...others }: Answer): Result => {
  return { ...others, text: bytes.latin1Slice(from, to) };
};

const end = fc.constantFrom('clean' as const, 'lost' as const, 'cut' as const, 'gone' as const);
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc
    .tuple(
      fc.constantFrom(...commands.keys()),
      fc.array(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 9 }), fc.constantFrom('', '7', 'with', 'before')),
      ),
    )
    .map(([name, words]) => [name, ...words].join(' ')),
);
/** What a thread asks, and what main must make of it. */
const request: fc.Arbitrary<{ asked: Asked; request: ThreadRequest }> = fc
  .tuple(number, number, number, fc.oneof(line, fc.record({ end })))
  .map(([connection, received, repeated, what]) => {
    const common = { connection, received, repeated };
    if (typeof what === 'object') {
      return {
        asked: { ...common, what: asEnd(what.end), text: '', cuts: [] },
        request: { ...common, asked: what },
      };
    }
    const cut = cutRequest(what);
    const asked =
      'refusal' in cut
        ? { what: REFUSAL, text: cut.refusal, cuts: [] }
        : { what: cut.number, text: what, cuts: cut.cuts };
    return { asked: { ...common, ...asked }, request: { ...common, asked: parseRequest(what) } };
  });
const version = { account: fc.nat(), accountVersion: fc.integer(), presenceVersion: fc.integer() };
const result: fc.Arbitrary<Result> = fc.record({
  connection: number,
  text: fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  replies: fc.nat(),
  errors: fc.nat(),
  delivers: fc.boolean(),
  ended: fc.boolean(),
  standing: fc.option(fc.record({ lent: fc.integer({ min: 1, max: 1000 }), ...version }), { nil: undefined }),
});

test('requests and results come out as they were put in', () => {
  const { thread, main, ask, taken } = open(2);
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 10 }),
      fc.array(result, { maxLength: 20 }),
      (requests, results) => {
        ask(...requests.map(({ asked }) => asked));
        const batch = main.take()!;
        expect(batch.requests).toEqual(requests.map((one) => one.request));
        expect(main.take()).toBeUndefined();
        expect(thread.firstAnswered).toBeUndefined();
        expect(main.answer(batch.slot, results)).toBe(true);
        expect(taken()).toEqual(results);
        expect(thread.firstAnswered).toBeUndefined();
      },
    ),
  );
});

const refused = (text: string): Asked => {
  return { connection: 1, received: 0, repeated: 0, what: REFUSAL, text, cuts: [] };
};
const reply = { connection: 1, replies: 1, errors: 0, delivers: false, ended: false };

test('the longest request fits, whatever its letters are, and what is beyond finds no room', () => {
  for (const letter of ['x', 'é', '€', '😀']) {
    const { thread, main } = open(1, 64 * KiB);
    const text = letter.repeat((64 * KiB) / Buffer.byteLength(letter));
    expect(thread.open!.put(refused(text))).toBe(true);
    expect(thread.open!.put(refused('more'))).toBe(false);
    thread.ask();
    expect(main.take()!.requests.map(({ asked }) => asked)).toEqual([{ refusal: text }]);
  }
  const { thread } = open(1);
  let count = 0;
  while (thread.open!.put(refused(''))) count++;
  expect(count).toBe(thread.open!.count);
  expect(count).toBeLessThan(200);
});

test('results that are too long or too many are left to a message, which makes the slot free again', () => {
  const { thread, main, ask } = open(1);
  ask(refused('x'));
  expect(thread.open).toBeUndefined();
  const { slot } = main.take()!;
  expect(main.answer(slot, [{ ...reply, text: 'x'.repeat(20_000) }])).toBe(false);
  expect(main.answer(slot, Array(200).fill({ ...reply, text: '' }))).toBe(false);
  expect(thread.firstAnswered).toBeUndefined();
  thread.free(slot.index);
  expect(thread.open).toBe(thread.open);
  expect(thread.open).toBeDefined();
});

test('slots are taken in the order in which they were asked, and come back in the order in which they were answered', () => {
  const { thread, main, ask, taken } = open(2);
  for (const text of ['a', 'b', 'c']) ask(refused(text));
  expect(thread.open).toBeUndefined();
  const batches = [main.take()!, main.take()!, main.take()!];
  expect(main.take()).toBeUndefined();
  expect(batches.map(({ requests }) => requests[0]!.asked)).toEqual([
    { refusal: 'a' },
    { refusal: 'b' },
    { refusal: 'c' },
  ]);
  for (const [batch, text] of [
    [batches[2]!, 'C'],
    [batches[0]!, 'A'],
  ] as const)
    main.answer(batch.slot, [{ ...reply, text }]);
  expect(taken().map(({ text }) => text)).toEqual(['C']);
  expect(taken().map(({ text }) => text)).toEqual(['A']);
  expect(thread.firstAnswered).toBeUndefined();
  expect(thread.open).toBeDefined();
});

test('results come behind the messages that were posted before them', () => {
  const { thread, main, ask } = open(1);
  main.posted();
  ask(refused('x'));
  const { slot } = main.take()!;
  main.posted();
  main.answer(slot, []);
  main.posted();
  expect([thread.messagesBefore(thread.firstAnswered!), thread.postedCount]).toEqual([2, 3]);
});

test('every answer and every message changes the word that the thread sleeps on', () => {
  const { thread, main, ask } = open(1);
  const before = thread.woken;
  main.posted();
  expect(thread.postedCount).toBe(1);
  const between = thread.woken;
  expect(between).not.toBe(before);
  ask(refused('x'));
  main.answer(main.take()!.slot, []);
  expect(thread.woken).not.toBe(between);
});
