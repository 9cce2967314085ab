import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue } from '../src/fair-queue.ts';

const fill = (text: string): FairQueue<string> => {
  const queue = new FairQueue<string>();
  for (const [index, lane] of [...text].entries()) queue.add(lane, `${lane}${index}`);
  return queue;
};
const takeAll = (queue: FairQueue<string>): string[] => {
  const taken: string[] = [];
  for (let one = queue.take(); one; one = queue.take()) taken.push(one);
  return taken;
};

test('lanes take turns, each in its own order', () => {
  const queue = fill('aaaabbc');
  expect(queue.first).toBe('a0');
  expect(takeAll(queue)).toEqual(['a0', 'b4', 'c6', 'a1', 'b5', 'a2', 'a3']);
  expect([queue.first, queue.size, queue.longest]).toEqual([undefined, 0, undefined]);
});

test('who comes when others have waited long waits for one of each lane', () => {
  const queue = fill('aaaabbbb');
  queue.take();
  queue.add('c', 'new');
  expect(takeAll(queue).indexOf('new')).toBe(2);
});

test('who leaves takes nobody else’s turn', () => {
  const queue = fill('aaab');
  expect(queue.delete('a', 'a1')).toBe(true);
  expect(queue.delete('a', 'a1')).toBe(false);
  expect(queue.delete('x', 'a0')).toBe(false);
  expect(takeAll(queue)).toEqual(['a0', 'b3', 'a2']);
});

test('the longest lane gives its last one', () => {
  const queue = fill('abbbcc');
  expect([queue.longest, queue.lengthOf('b'), queue.lengthOf('x')]).toEqual(['b', 3, 0]);
  expect(queue.takeLast('b')).toBe('b3');
  expect(queue.takeLast('x')).toBeUndefined();
  expect([...queue].sort()).toEqual(['a0', 'b1', 'b2', 'c4', 'c5']);
});

test('whatever is done nobody is lost or doubled, and no lane waits for more than one of each other', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), lane: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('delete' as const), which: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new FairQueue<string>();
      let there: string[] = [];
      // By lane, how many others have had a turn since its first one could have had one.
      const passed = new Map<string, Set<string>>();
      for (const [number, one] of steps.entries()) {
        if (one.do === 'add') {
          const item = `${one.lane}${number}`;
          queue.add(one.lane, item);
          if (!there.some((other) => other[0] === one.lane)) passed.set(one.lane, new Set());
          there.push(item);
        } else if (one.do === 'delete') {
          const item = there[one.which];
          if (item) expect(queue.delete(item[0]!, item)).toBe(true);
          there = there.filter((other) => other !== item);
        } else {
          const taken = queue.take();
          expect(taken === undefined).toBe(there.length === 0);
          if (taken === undefined) continue;
          expect(taken).toBe(there.find((other) => other[0] === taken[0]));
          there = there.filter((other) => other !== taken);
          for (const lane of new Set(there.map((other) => other[0]!))) {
            if (lane === taken[0]) continue;
            expect(passed.get(lane)!.has(taken[0]!)).toBe(false);
            passed.get(lane)!.add(taken[0]!);
          }
          passed.set(taken[0]!, new Set());
        }
        expect(queue.size).toBe(there.length);
      }
    }),
  );
});
