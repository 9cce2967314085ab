import { expect, test } from '@jest/globals';
import { Backlog } from '../../src/threads/backlog.ts';

const frames = (count: number, length = 1) =>
  Array.from({ length: count }, (_, mark) => ({ mark, line: 'x'.repeat(length) }));

/** A backlog whose replies were short of late. */
function withShortReplies(): Backlog {
  const backlog = new Backlog();
  for (let answered = 0; answered < 10; answered++) {
    backlog.push(frames(1));
    backlog.begin();
    backlog.finish(1, 50);
  }
  return backlog;
}

function beginAll(backlog: Backlog): number[] {
  const begun: number[] = [];
  for (let frame = backlog.begin(); frame; frame = backlog.begin()) begun.push(frame.mark);
  return begun;
}

test('frames begin in order, as many as may be in progress, and the next ones as those are answered', () => {
  const backlog = withShortReplies();
  backlog.push(frames(100));
  expect(beginAll(backlog)).toEqual(Array.from({ length: 64 }, (_, mark) => mark));
  expect([backlog.waiting, backlog.full]).toEqual([36, true]);
  backlog.finish(10, 0);
  expect(beginAll(backlog)).toEqual(Array.from({ length: 10 }, (_, index) => 64 + index));
  backlog.push(frames(1));
  expect(backlog.waiting).toBe(27);
});

test('while replies are long, few are in progress', () => {
  const backlog = new Backlog();
  backlog.push(frames(100));
  expect(beginAll(backlog)).toHaveLength(16);
  backlog.finish(16, 16 * 2_000_000);
  expect(beginAll(backlog)).toHaveLength(1);
  backlog.finish(1, 300_000);
  expect(beginAll(backlog)).toHaveLength(2);
});

test('what is in progress is bounded in characters too, but one frame always may', () => {
  const backlog = new Backlog();
  backlog.push(frames(10, 100_000));
  expect(beginAll(backlog)).toHaveLength(3);
  backlog.finish(3, 0);
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
  backlog.finish(64, 0);
  expect([backlog.waiting, backlog.full, backlog.begin()]).toEqual([0, false, undefined]);
});
