import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { fuzz } from '../fuzz/fuzz.ts';

test('whatever clients send, in whatever pieces, and however they break off, every reply is right and nothing is left behind', async () => {
  const seed = randomInt(2 ** 32);
  const { tally, samples, faults } = await fuzz({
    seed,
    requests: 20_000,
    visitors: 8,
    serverArgs: ['--spare-threads', '4'],
    interrupted: new AbortController().signal,
    progress: () => {},
  });
  // The seed is there to see it again: npm run fuzz -- --seed SEED --requests 20000 --connections 8.
  expect({ seed, faults: faults.map(({ message }) => message) }).toEqual({ seed, faults: [] });
  expect(tally.answered).toBeGreaterThan(15_000);
  expect(tally.sent).toBeGreaterThan(1_000);
  expect(Object.keys(tally.endings)).toEqual(expect.arrayContaining(['close', 'half-close', 'reset']));
  expect(samples.map(({ at }) => at)).toEqual(expect.arrayContaining(['before', '100 %', 'after']));
});
