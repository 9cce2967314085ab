import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { capacityOf, type Resources, resourcesHere, spareFor } from '../../src/threads/capacity.ts';

const GiB = 1024 ** 3;
const plenty: Resources = {
  memoryBytes: 1024 * GiB,
  memoryMaps: 10_000_000,
  descriptors: 10_000_000,
  processes: 10_000_000,
  mainHeapBytes: 1024 * GiB,
};

describe('capacityOf', () => {
  test.each<[string, Partial<Resources>, number, RegExp]>([
    ['memory', { memoryBytes: 4 * GiB }, 320, /memory/],
    ['memory maps', { memoryMaps: 65_530 }, 1925, /max_map_count/],
    ['descriptors', { descriptors: 1024 }, 117, /descriptors/],
    ['processes', { processes: 1000 }, 800, /processes/],
    ['the main heap', { mainHeapBytes: GiB }, 3072, /main heap/],
  ])('%s is what runs out first', (_name, scarce, threads, limit) => {
    expect(capacityOf({ ...plenty, ...scarce })).toEqual({ threads, limit: expect.stringMatching(limit) });
  });

  test('there is always a thread for each processor', () => {
    expect(capacityOf({ ...plenty, memoryBytes: 0 }).threads).toBe(availableParallelism());
  });

  test('what the platform does not tell does not limit', () => {
    const silent = {
      ...plenty,
      memoryMaps: undefined,
      descriptors: undefined,
      processes: undefined,
      memoryBytes: 4 * GiB,
    };
    expect(capacityOf(silent).threads).toBe(320);
  });
});

test('this machine carries some', () => {
  const { threads } = capacityOf(resourcesHere());
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
