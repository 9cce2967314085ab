import { expect, test } from '@jest/globals';
import { Outbox, type OutboxLine } from '../../../src/cli/live/outbox.ts';
import { ConnectionLostError, ProtocolError, RefusedError } from '../../../src/client/client.ts';

interface Posted {
  readonly text: string;
  readonly key: string | undefined;
  answer(outcome: number | Error): void;
}

/** A chat whose answers the test gives. */
function chat() {
  const posted: Posted[] = [];
  return {
    posted,
    connected: true,
    post(_to: string, text: string, { key }: { key?: string | undefined } = {}): Promise<number> {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      posted.push({
        text,
        key,
        answer: (outcome) => (typeof outcome === 'number' ? resolve : reject)(outcome as never),
      });
      return promise;
    },
  };
}

function outbox() {
  const told: string[] = [];
  const box = new Outbox({
    stored: ({ text }: OutboxLine, id) => void told.push(`${text} is ${id}`),
    refused: ({ text }: OutboxLine, { message }) => void told.push(`${text}: ${message}`),
    slow: ({ text }: OutboxLine) => void told.push(`${text} is slow`),
  });
  return { box, told };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one line behind the other, in order; a refused one does not hold up the rest', async () => {
  const { box, told } = outbox();
  const over = chat();
  box.use(over);
  for (const text of ['a', 'b', 'c']) box.add('lineker', text);
  expect(over.posted.map(({ text }) => text)).toEqual(['a']);
  over.posted[0]!.answer(1);
  await settled();
  over.posted[1]!.answer(new RefusedError('no'));
  await settled();
  over.posted[2]!.answer(3);
  await box.empty();
  expect(told).toEqual(['a is 1', 'b: no', 'c is 3']);
});

test('what is not known to be stored goes over the next chat with the same key', async () => {
  const { box, told } = outbox();
  box.add('#lab', 'a');
  const [first, second] = [chat(), chat()];
  box.use(first);
  box.add('#lab', 'b');
  first.posted[0]!.answer(new ConnectionLostError('gone'));
  await settled();
  expect(first.posted).toHaveLength(1);
  expect(box.lines.map(({ text }) => text)).toEqual(['a', 'b']);
  box.use(second);
  expect(second.posted[0]).toMatchObject({ text: 'a', key: first.posted[0]!.key });
  second.posted[0]!.answer(5);
  await settled();
  expect(second.posted[1]!.key).not.toBe(first.posted[0]!.key);
  second.posted[1]!.answer(6);
  await box.empty();
  expect(told).toEqual(['a is 5', 'b is 6']);
});

test('the first line may be stored once a connection had it', async () => {
  const { box } = outbox();
  const over = { ...chat(), connected: false };
  box.use(over);
  box.add('lineker', 'a');
  expect(box.perhapsStored).toBeUndefined();
  // It waits in the chat, which sends it now.
  box.connected();
  expect(box.perhapsStored?.text).toBe('a');
  over.posted[0]!.answer(1);
  await settled();
  box.add('lineker', 'b');
  expect(box.perhapsStored).toBeUndefined();
  over.posted[1]!.answer(2);
  await settled();
  over.connected = true;
  box.add('lineker', 'c');
  box.add('lineker', 'd');
  expect(box.perhapsStored?.text).toBe('c');
  over.posted[2]!.answer(new ConnectionLostError('closed'));
  await settled();
  box.use({ ...chat(), connected: false });
  expect(box.perhapsStored?.text).toBe('c');
  box.clear();
  expect(box.perhapsStored).toBeUndefined();
});

test('a line that a broken server has answered waits for the next connection, with the same key', async () => {
  const { box, told } = outbox();
  const over = chat();
  box.use(over);
  box.add('lineker', 'a');
  over.posted[0]!.answer(new ProtocolError('it says "x"'));
  await settled();
  box.add('lineker', 'b');
  await settled();
  expect(box.perhapsStored?.text).toBe('a');
  box.connected();
  await settled();
  over.posted.at(-1)!.answer(1);
  await settled();
  over.posted.at(-1)!.answer(2);
  await box.empty();
  expect(told).toEqual(['a is 1', 'b is 2']);
  expect(new Set(over.posted.map(({ key }) => key)).size).toBe(2);
});
