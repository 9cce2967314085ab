import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

test('a quantile is right to within one part in a hundred', () => {
  const times = fc.array(fc.double({ noNaN: true, min: 0.01, max: 200_000 }), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]!;
      expect(Math.abs(histogram.quantile(share) - exact)).toBeLessThanOrEqual(exact / 100);
      expect(histogram.count).toBe(values.length);
      expect(histogram.max).toBe(Math.max(...values));
    }),
  );
});

test('nothing recorded is 0', () => {
  expect(new Histogram().quantile(0.99)).toBe(0);
});
