import { expect, test } from '@jest/globals';
import { ceilingsFor, divideDescriptors } from '../../src/threads/descriptors.ts';

const cost = { descriptors: 5, memoryMaps: 34, addressBytes: 0 };
const asked = { connections: 10_000, sharedThreads: undefined, maxThreads: 1500 };

test.each([31, 40, 64, 100, 200, 1000, 20_000])(
  'of %d free descriptors none is given twice, and some stay for everything else',
  (free) => {
    const { forConnections, refused, operators } = divideDescriptors(free, cost);
    expect(forConnections + refused + operators).toBeLessThanOrEqual(free - 19);
    for (const [sharedThreads, maxThreads] of [
      [undefined, 1],
      [undefined, 1500],
      [2, 1500],
      [1024, 1500],
    ]) {
      const ceilings = ceilingsFor({ ...asked, sharedThreads, maxThreads: maxThreads! }, free, cost);
      const threads = ceilings.sharedThreads ?? ceilings.maxThreads;
      expect(ceilings.connections).toBeGreaterThan(0);
      expect(threads).toBeGreaterThan(0);
      expect(threads * cost.descriptors + ceilings.connections).toBeLessThanOrEqual(forConnections);
    }
  },
);

test('there is as much as was asked for when there are enough, or no limit', () => {
  for (const free of [1_000_000, undefined]) {
    expect(ceilingsFor(asked, free, cost)).toMatchObject({ ...asked, refused: 100 });
    expect(ceilingsFor({ ...asked, sharedThreads: 1024 }, free, cost).sharedThreads).toBe(1024);
  }
});

test('too few for one connection is a sentence that says what to do', () => {
  expect(() => ceilingsFor(asked, 24, cost)).toThrow(
    /^there are too few file descriptors for a single connection: 6 more are needed; raise the limit \(ulimit -n/,
  );
});
