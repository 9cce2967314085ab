import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ranges } from '../../src/load/ranges.ts';

const numbers = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });
const rangesOf = (members: readonly number[]): Ranges => {
  const ranges = new Ranges();
  for (const member of members) ranges.add(member);
  return ranges;
};
const membersOf = (ranges: Ranges): number[] =>
  Array.from({ length: 60 }, (_, number) => number).filter((number) => ranges.has(number));
const sorted = (members: Iterable<number>): number[] => [...new Set(members)].sort((a, b) => a - b);

test('holds what was added, in ranges that do not touch', () => {
  fc.assert(
    fc.property(numbers, (members) => {
      const ranges = rangesOf(members);
      expect(membersOf(ranges)).toEqual(sorted(members));
      expect(ranges.size).toBe(new Set(members).size);
      const { bounds } = ranges;
      for (let at = 1; at < bounds.length; at++) {
        expect(bounds[at]! - bounds[at - 1]!).toBeGreaterThanOrEqual(at % 2 === 0 ? 2 : 0);
      }
      expect(new Ranges(bounds).bounds).toEqual(bounds);
    }),
  );
});

test('union and limit', () => {
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ min: 0, max: 45 }), (left, right, limit) => {
      const union = rangesOf(left).union(rangesOf(right));
      expect(union.bounds).toEqual(rangesOf(sorted([...left, ...right])).bounds);
      expect(membersOf(rangesOf(left).upTo(limit))).toEqual(sorted(left).filter((number) => number <= limit));
    }),
  );
});

test('what is added in order takes one range', () => {
  const ranges = new Ranges();
  for (let number = 1; number <= 100_000; number++) ranges.add(number);
  expect(ranges.bounds).toEqual([1, 100_000]);
});
