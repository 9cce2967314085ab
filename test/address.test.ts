import { expect, test } from '@jest/globals';
import { isLoopback, networkOf } from '../src/address.ts';

test.each([
  ['127.0.0.1', true],
  ['127.9.8.7', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['1127.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['fe80::1', false],
])('%s is loopback: %s', (address, expected) => expect(isLoopback(address)).toBe(expected));

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::5:6', '2001:db8:0:0'],
  ['2001:db8::', '2001:db8:0:0'],
])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network));
