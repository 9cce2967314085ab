import { expect, test } from '@jest/globals';
import { Pace } from '../../src/threads/pace.ts';

test('takes a second’s worth at once, then as fast as the rate', () => {
  let now = 0;
  const pace = new Pace(10, () => now);
  const taken = (): number => {
    let count = 0;
    while (pace.take()) count++;
    return count;
  };
  expect(taken()).toBe(10);
  now += 250;
  expect(taken()).toBe(2);
  now += 50;
  expect(taken()).toBe(1);
  now += 3_600_000;
  expect(taken()).toBe(10);
});

test('an infinite rate always takes', () => {
  const pace = new Pace(Number.POSITIVE_INFINITY, () => 0);
  for (let count = 0; count < 1000; count++) expect(pace.take()).toBe(true);
});
