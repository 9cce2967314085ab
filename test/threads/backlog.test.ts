import { expect, test } from '@jest/globals';
import { Backlog } from '../../src/threads/backlog.ts';

const KiB = 1024;

const lines = (line: string, count: number) => Array.from({ length: count }, (_, mark) => ({ mark, line }));

/** Begins what may begin, as a connection does. */
function beginAll(backlog: Backlog): number[] {
  const begun: number[] = [];
  for (let frame = backlog.next; frame; frame = backlog.next) {
    const line = 'line' in frame ? frame.line : '';
    const large = /^(history|inbox|search)/.test(line);
    if (large && backlog.fullOfLarge) break;
    backlog.begin(line.length, large);
    backlog.shift();
    begun.push(frame.mark);
  }
  return begun;
}

test('frames begin in order, as many as may be in progress, and the next ones as those are answered', () => {
  const backlog = new Backlog(64 * KiB);
  backlog.push(lines('send', 100));
  expect(beginAll(backlog)).toEqual(Array.from({ length: 64 }, (_, mark) => mark));
  expect([backlog.waiting, backlog.full]).toEqual([36, true]);
  backlog.finish(10);
  expect(beginAll(backlog)).toEqual(Array.from({ length: 10 }, (_, index) => 64 + index));
  backlog.push(lines('send', 1));
  expect(backlog.waiting).toBe(27);
});

test('few are in progress whose replies may be large, whatever replies were like before', () => {
  const backlog = new Backlog(64 * KiB);
  for (let answered = 0; answered < 100; answered++) {
    backlog.push(lines('history token', 1));
    beginAll(backlog);
    backlog.finish(1);
  }
  backlog.push(lines('history token messi', 100));
  expect(beginAll(backlog)).toHaveLength(4);
  expect(backlog.full).toBe(false);
  backlog.finish(1);
  expect(beginAll(backlog)).toHaveLength(1);
});

test('what is behind such a one waits with it, and what is before it does not', () => {
  const backlog = new Backlog(64 * KiB);
  backlog.push([...lines('send', 3), ...lines('inbox', 5), ...lines('send', 3)]);
  expect(beginAll(backlog)).toHaveLength(3 + 4);
  backlog.finish(3);
  expect(beginAll(backlog)).toHaveLength(0);
  backlog.finish(1);
  expect(beginAll(backlog)).toHaveLength(1 + 3);
});

test.each([
  [64 * KiB, 4],
  [256 * KiB, 2],
  [1024 * KiB, 1],
])('when a request may have %i bytes, so many such are in progress: %i', (maxRequest, count) => {
  const backlog = new Backlog(maxRequest);
  backlog.push(lines('search', 100));
  expect(beginAll(backlog)).toHaveLength(count);
});

test('what is in progress is bounded in characters too, but one frame always may', () => {
  const backlog = new Backlog(64 * KiB);
  backlog.push(lines('x'.repeat(100_000), 10));
  expect(beginAll(backlog)).toHaveLength(3);
  backlog.finish(3);
  expect(beginAll(backlog)).toHaveLength(3);
  const huge = new Backlog(1024 * KiB);
  huge.push(lines('x'.repeat(1_000_000), 2));
  expect(beginAll(huge)).toHaveLength(1);
});

test('clear() forgets what waits', () => {
  const backlog = new Backlog(64 * KiB);
  backlog.push(lines('send', 100));
  beginAll(backlog);
  backlog.clear();
  backlog.finish(64);
  expect([backlog.waiting, backlog.full, backlog.next]).toEqual([0, false, undefined]);
});
