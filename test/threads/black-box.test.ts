import { expect, test } from '@jest/globals';
import { BlackBox } from '../../src/threads/black-box.ts';

test('what the thread wrote is there for main, oldest first', () => {
  const thread = new BlackBox();
  thread.write('opened', 7);
  thread.write('read bytes', 7, 44);
  const entries = new BlackBox(thread.memory).read();
  expect(entries.map(({ event, connection, detail }) => [event, connection, detail])).toEqual([
    ['opened', 7, 0],
    ['read bytes', 7, 44],
  ]);
  expect(Math.abs(Date.now() - entries[0]!.at)).toBeLessThan(60_000);
});

test('it keeps the last ones', () => {
  const box = new BlackBox();
  for (let number = 1; number <= 1000; number++) box.write('asked', number);
  const connections = box.read().map(({ connection }) => connection);
  expect(connections).toEqual(
    Array.from({ length: connections.length }, (_, index) => 1001 - connections.length + index),
  );
  expect(connections.length).toBeGreaterThanOrEqual(100);
});
