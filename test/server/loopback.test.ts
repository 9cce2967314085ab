import { expect, test } from '@jest/globals';
import { isLoopback } from '../../src/server/loopback.ts';

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['192.168.1.7', false],
  ['::ffff:10.0.0.1', false],
])('%s: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
