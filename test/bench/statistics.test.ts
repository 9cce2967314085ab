import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quantile, spreadOf } from './statistics.ts';

test('a quantile lies between the two figures nearest to it, in proportion', () => {
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([1, 2], 0.25)).toBe(1.25);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a spread is in order, whatever the order of the figures', () => {
  const figures = fc.array(fc.double({ noNaN: true, min: 0.001, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(figures, (values) => {
      const { least, lower, median, upper, most } = spreadOf(values);
      expect([least, lower, median, upper, most]).toEqual(
        [least, lower, median, upper, most].toSorted((a, b) => a - b),
      );
      expect(least).toBe(Math.min(...values));
      expect(most).toBe(Math.max(...values));
    }),
  );
});
