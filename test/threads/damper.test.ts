import { expect, test } from '@jest/globals';
import { Damper } from '../../src/threads/damper.ts';

test('a death means a rest, and the rest ends', async () => {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const damper = new Damper(resolve);
  damper.rest(false);
  expect([damper.resting, damper.startsFail]).toEqual([true, false]);
  await over;
  expect(damper.resting).toBe(false);
});

test('a death at the start stops all starting until the rest is over', async () => {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const damper = new Damper(resolve);
  damper.rest(false);
  damper.rest(true);
  expect([damper.resting, damper.startsFail]).toEqual([true, true]);
  await over;
  expect([damper.resting, damper.startsFail]).toEqual([false, false]);
});

test('stop() ends a rest without a word', () => {
  const damper = new Damper(() => {
    throw new Error('called');
  });
  damper.rest(true);
  damper.stop();
  expect([damper.resting, damper.startsFail]).toEqual([false, false]);
});
