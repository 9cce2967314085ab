import { expect, test } from '@jest/globals';
import { Counters } from '../../src/threads/counters.ts';

test('two views of one memory count together', () => {
  const thread = new Counters();
  const main = new Counters(thread.memory);
  thread.add('requests', 2);
  thread.add('bytesIn', 2 ** 40);
  thread.add('requests', 1);
  expect(main.read()).toEqual({
    connections: 0,
    requests: 3,
    replies: 0,
    errors: 0,
    bytesIn: 2 ** 40,
    bytesOut: 0,
    queue: 0,
  });
});
