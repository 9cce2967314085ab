import { describe, expect, test } from '@jest/globals';
import { capacityOf, spareFor } from '../../src/threads/capacity.ts';
import { type Resources, resourcesHere } from '../../src/threads/resources.ts';
import { measureThread } from '../../src/threads/thread-cost.ts';

const GiB = 1024 ** 3;
const plenty: Resources = {
  memoryBytes: 1024 * GiB,
  memoryMaps: 10_000_000,
  addressBytes: undefined,
  descriptors: 10_000_000,
  processes: 10_000_000,
  mainHeapBytes: 1024 * GiB,
};

const cost = { descriptors: 5, memoryMaps: 34, addressBytes: GiB / 4 };
const MANY = 10_000;

describe('capacityOf', () => {
  test.each<[string, Partial<Resources>, number, RegExp]>([
    ['memory', { memoryBytes: 4 * GiB }, 320, /memory/],
    ['memory maps', { memoryMaps: 65_530 - 300 }, 1580, /max_map_count/],
    ['addresses', { addressBytes: 9 * GiB }, 32, /ulimit -v/],
    ['descriptors', { descriptors: 990 }, 90, /descriptors/],
    ['processes', { processes: 1000 }, 950, /processes/],
    ['the main heap', { mainHeapBytes: GiB }, 3072, /main heap/],
  ])('%s is what runs out first', (_name, scarce, threads, limit) => {
    expect(capacityOf({ ...plenty, ...scarce }, cost, MANY)).toEqual({
      threads,
      limit: expect.stringMatching(limit),
    });
  });

  test('there is always one', () => {
    for (const none of [{ memoryBytes: 0 }, { processes: 0 }, { descriptors: 10 }, { memoryMaps: -5 }]) {
      expect(capacityOf({ ...plenty, ...none }, cost, MANY).threads).toBe(1);
    }
  });

  test('few connections leave more descriptors to threads', () => {
    expect(capacityOf({ ...plenty, descriptors: 990 }, cost, 100).threads).toBe(161);
  });

  test('what the platform does not tell does not limit', () => {
    const silent = {
      ...plenty,
      memoryMaps: undefined,
      descriptors: undefined,
      processes: undefined,
      memoryBytes: 4 * GiB,
    };
    expect(capacityOf(silent, cost, MANY).threads).toBe(320);
  });
});

test('this machine carries some', async () => {
  const { threads } = capacityOf(resourcesHere(), await measureThread(true), MANY);
  expect(threads).toBeGreaterThan(1);
  expect(threads).toBeLessThan(1_000_000);
});

test.each([
  [2, 1],
  [300, 30],
  [1900, 190],
  [30_000, 200],
])('a machine that carries %d threads keeps %d spare', (threads, spare) => {
  expect(spareFor(threads)).toBe(spare);
});
