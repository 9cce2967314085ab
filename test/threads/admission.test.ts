import { expect, test } from '@jest/globals';
import { Admission } from '../../src/threads/admission.ts';

const addressFull = {
  refusal: 'Too many connections from your address, close some first',
  inPassing: false,
};
const full = { refusal: 'Server is full, try again in a minute', inPassing: false };
const maxRefused = 100;

test('so many in all, and so many from one address', () => {
  const admission = new Admission({ maxRefused, maxConnections: 3, maxPerAddress: 2 });
  expect(admission.admit(1, '10.0.0.1')).toBe('admitted');
  expect(admission.admit(2, '10.0.0.1')).toBe('admitted');
  expect(admission.admit(3, '10.0.0.1')).toEqual(addressFull);
  expect(admission.admit(4, '10.0.0.2')).toBe('admitted');
  expect(admission.admit(5, '10.0.0.3')).toEqual(full);
  expect(admission.connections).toBe(5);
  for (const connection of [1, 3, 5, 5]) admission.leave(connection);
  expect(admission.connections).toBe(2);
  expect(admission.admit(6, '10.0.0.1')).toBe('admitted');
});

test('an IPv6 network counts as one address', () => {
  const admission = new Admission({ maxRefused, maxConnections: 10, maxPerAddress: 1 });
  expect(admission.admit(1, '2001:db8::1')).toBe('admitted');
  expect(admission.admit(2, '2001:db8::2')).toEqual(addressFull);
  expect(admission.admit(3, '2001:db8:0:1::1')).toBe('admitted');
});

test('without a limit per address this machine has none, and others a generous one', () => {
  const admission = new Admission({ maxRefused, maxConnections: 10_000, maxPerAddress: undefined });
  const admitted = (address: string, from: number): number => {
    const decisions = Array.from({ length: 1500 }, (_, index) => admission.admit(from + index, address));
    return decisions.filter((decision) => decision === 'admitted').length;
  };
  expect(admitted('127.0.0.1', 0)).toBe(1500);
  expect(admitted('::1', 2000)).toBe(1500);
  expect(admitted('::ffff:127.0.0.1', 4000)).toBe(1500);
  expect(admitted('192.0.2.1', 6000)).toBe(1000);
});

test('only so many are told why with time for it', () => {
  const admission = new Admission({ maxRefused, maxConnections: 1, maxPerAddress: undefined });
  const decisions = Array.from({ length: 150 }, (_, connection) => admission.admit(connection, '127.0.0.1'));
  expect(decisions[0]).toBe('admitted');
  expect(decisions.slice(1, 101)).toEqual(Array(100).fill(full));
  expect(decisions.slice(101)).toEqual(Array(49).fill({ ...full, inPassing: true }));
  admission.leave(1);
  expect(admission.admit(1000, '127.0.0.1')).toEqual(full);
});
