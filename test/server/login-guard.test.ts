import { beforeEach, expect, test } from '@jest/globals';
import { LoginGuard } from '../../src/server/login-guard.ts';

let clock: number;
let guard: LoginGuard;

beforeEach(() => {
  clock = 1_000_000;
  guard = new LoginGuard(5, () => clock);
});

function fail(times: number, username = 'ann', address = '10.0.0.1'): void {
  for (let time = 0; time < times; time++) guard.failed(username, address);
}

test('a few failures are free, then each doubles the wait, up to a minute', () => {
  fail(4);
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
  const waits = Array.from({ length: 8 }, () => {
    fail(1);
    return guard.wait('ann', '10.0.0.1');
  });
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test('the wait ends by itself', () => {
  fail(6);
  clock += 1999;
  expect(guard.wait('ann', '10.0.0.1')).toBe(1);
  clock += 1;
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
});

test('the same account from elsewhere, and other accounts from there, are not held up', () => {
  fail(10);
  expect(guard.wait('ann', '10.0.0.2')).toBe(0);
  expect(guard.wait('bob', '10.0.0.1')).toBe(0);
});

test('the right password wipes out the failures for that account', () => {
  fail(7);
  guard.succeeded('ann', '10.0.0.1');
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
  fail(4);
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
});

test('who tries many accounts from one address is held up for all of them, also after having the right password for one', () => {
  for (let account = 0; account < 50; account++) fail(1, `user${account}`);
  guard.succeeded('user1', '10.0.0.1');
  expect(guard.wait('someone', '10.0.0.1')).toBe(1000);
});

test('who has logged in from there before is not held up by a neighbour that guesses', () => {
  guard.succeeded('ann', '10.0.0.1');
  for (let account = 0; account < 60; account++) fail(1, `user${account}`);
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
  expect(guard.wait('bob', '10.0.0.1')).toBeGreaterThan(0);
  fail(5);
  expect(guard.wait('ann', '10.0.0.1')).toBe(1000);
});

test('failures are forgotten after a quiet quarter of an hour', () => {
  fail(4);
  clock += 15 * 60_000;
  fail(4);
  expect(guard.wait('ann', '10.0.0.1')).toBe(0);
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['::1', '::2', true],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
  ['10.0.0.1', '10.0.0.2', false],
])('%s and %s: the same network %s', (one, other, same) => {
  fail(5, 'ann', one);
  expect(guard.wait('ann', other) > 0).toBe(same);
});

test('strangers cannot make it remember without end', () => {
  fail(5, 'first', '10.9.9.9');
  for (let account = 0; account < 20_000; account++) fail(1, `user${account}`, `a${account % 1000}`);
  expect(guard.wait('first', '10.9.9.9')).toBe(0);
});

test('names longer than any account’s are one, so that what is remembered is short', () => {
  fail(6, 'x'.repeat(60_000));
  expect(guard.wait(`${'x'.repeat(200)}y`, '10.0.0.1')).toBe(2000);
  expect(guard.wait('x'.repeat(199), '10.0.0.1')).toBe(0);
});
