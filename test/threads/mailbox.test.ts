import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Mailbox } from '../../src/threads/mailbox.ts';
import type { Result, ThreadRequest } from '../../src/threads/messages.ts';

const text = fc.string({ unit: 'binary', maxLength: 200 });
const request: fc.Arbitrary<ThreadRequest> = fc.record({
  connection: fc.nat(),
  received: fc.nat(),
  repeated: fc.nat(),
  asked: fc.oneof(
    fc.record({
      command: fc.constantFrom('send', 'inbox'),
      input: fc.dictionary(fc.constantFrom('token', 'text'), text),
    }),
    fc.record({ refusal: text }),
    fc.record({ end: fc.constantFrom('clean' as const, 'lost' as const) }),
  ),
});
const version = { account: fc.nat(), accountVersion: fc.integer(), presenceVersion: fc.integer() };
const result: fc.Arbitrary<Result> = fc.record(
  {
    connection: fc.nat(),
    text: fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
    replies: fc.nat(),
    errors: fc.nat(),
    delivers: fc.boolean(),
    ended: fc.boolean(),
    standing: fc.record({ lent: fc.integer({ min: 1, max: 1000 }), ...version }),
  },
  { requiredKeys: ['connection', 'text', 'replies', 'errors', 'delivers', 'ended'] },
);

test('requests and results come out as they were put in', () => {
  const thread = new Mailbox();
  const main = new Mailbox(thread.memory);
  fc.assert(
    fc.property(
      fc.array(request, { maxLength: 10 }),
      fc.array(result, { maxLength: 20 }),
      (requests, results) => {
        expect(thread.ask(requests)).toBe(true);
        expect(main.asked()).toEqual(requests.map((one) => ({ ...one, asked: { ...one.asked } })));
        expect(thread.answered).toBe(false);
        expect(main.answer(results)).toBe(true);
        expect(thread.answered).toBe(true);
        const taken: Result[] = [];
        thread.results((one) => taken.push(one));
        expect(taken).toEqual(results);
        expect(thread.answered).toBe(false);
      },
    ),
  );
});

const reply = { connection: 1, replies: 1, errors: 0, delivers: false, ended: false };

test('what is too long or too much is left to a message, and does not count as answered', () => {
  const mailbox = new Mailbox();
  const asked = { command: 'send', input: { text: 'é'.repeat(10_000) } };
  expect(mailbox.ask([{ connection: 1, received: 0, repeated: 0, asked }])).toBe(false);
  // Then nothing is waited for here.
  expect(mailbox.answer([{ ...reply, text: '' }])).toBe(false);
  expect(mailbox.leave()).toBe(true);
  mailbox.ask([]);
  mailbox.asked();
  expect(mailbox.answer([{ ...reply, text: 'x'.repeat(20_000) }])).toBe(false);
  expect(mailbox.answer(Array(65).fill({ ...reply, text: '' }))).toBe(false);
  expect(mailbox.answered).toBe(false);
});

test('a batch is left only between being taken and being answered, and is not answered here then', () => {
  const thread = new Mailbox();
  const main = new Mailbox(thread.memory);
  thread.ask([]);
  expect(thread.leave()).toBe(false);
  main.asked();
  expect(thread.leave()).toBe(true);
  const { woken } = thread;
  expect(main.answer([{ ...reply, text: 'late' }])).toBe(false);
  expect([thread.answered, thread.woken]).toEqual([false, woken]);

  thread.ask([]);
  main.asked();
  expect(main.answer([{ ...reply, text: 'in time' }])).toBe(true);
  expect(thread.leave()).toBe(false);
  const taken: string[] = [];
  thread.results(({ text }) => taken.push(text));
  expect(taken).toEqual(['in time']);
});

test('every answer and every message changes the word that the thread sleeps on', () => {
  const thread = new Mailbox();
  const main = new Mailbox(thread.memory);
  const before = thread.woken;
  main.posted();
  expect(thread.postedCount).toBe(1);
  const between = thread.woken;
  expect(between).not.toBe(before);
  thread.ask([]);
  main.asked();
  main.answer([]);
  expect(thread.woken).not.toBe(between);
});
