import { expect, test } from '@jest/globals';
import { Pulse } from '../../src/threads/pulse.ts';

test('main sees what the thread does, and its turns', () => {
  const thread = new Pulse();
  const main = new Pulse(thread.memory);
  const seen: string[] = [];
  const look = (): void => void seen.push(main.read().activity);
  look();
  thread.ready(0);
  look();
  thread.turn(() => {
    look();
    // Awake at once, for the word is not what was seen.
    thread.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    look();
  });
  look();
  expect(seen).toEqual(['starting', 'idle', 'working', 'working', 'idle']);
  expect(main.read().turns).toBe(1);
});
