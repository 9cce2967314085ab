import { expect, test } from '@jest/globals';
import { Backlog } from '../../src/threads/backlog.ts';

const frames = (count: number, length = 1) =>
  Array.from({ length: count }, (_, mark) => ({ mark, line: 'x'.repeat(length) }));

function beginAll(backlog: Backlog): number[] {
  const begun: number[] = [];
  for (let frame = backlog.begin(); frame; frame = backlog.begin()) begun.push(frame.mark);
  return begun;
}

test('frames begin in order, as many as may be in progress, and the next ones as those are answered', () => {
  const backlog = new Backlog();
  backlog.push(frames(100));
  expect(beginAll(backlog)).toEqual(Array.from({ length: 64 }, (_, mark) => mark));
  expect([backlog.waiting, backlog.full]).toEqual([36, true]);
  backlog.finish(10);
  expect(beginAll(backlog)).toEqual(Array.from({ length: 10 }, (_, index) => 64 + index));
  backlog.push(frames(1));
  expect(backlog.waiting).toBe(27);
});

test('what is in progress is bounded in characters too, but one frame always may', () => {
  const backlog = new Backlog();
  backlog.push(frames(10, 100_000));
  expect(beginAll(backlog)).toHaveLength(3);
  backlog.finish(3);
  expect(beginAll(backlog)).toHaveLength(3);
  const huge = new Backlog();
  huge.push(frames(2, 1_000_000));
  expect(beginAll(huge)).toHaveLength(1);
});

test('clear() forgets what waits', () => {
  const backlog = new Backlog();
  backlog.push(frames(100));
  beginAll(backlog);
  backlog.clear();
  backlog.finish(64);
  expect([backlog.waiting, backlog.full, backlog.begin()]).toEqual([0, false, undefined]);
});
