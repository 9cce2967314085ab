import { expect, test } from '@jest/globals';
import { Tally } from '../../src/threads/tally.ts';

test('counts by reason, whatever numbers are in it', () => {
  const tally = new Tally();
  for (const reason of ['try again in 2 s', 'full', 'try again in 30.5 s']) tally.add(reason);
  expect(tally.read()).toEqual({ 'try again in N s': 2, full: 1 });
});

test('does not grow without end', () => {
  const tally = new Tally();
  for (let number = 0; number < 1000; number++) tally.add(`reason ${'x'.repeat(number)}`);
  expect(Object.keys(tally.read())).toHaveLength(101);
  expect(tally.read()['other reasons']).toBe(900);
});
