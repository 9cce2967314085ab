import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Resources } from '../../src/threads/resources.ts';
import { Room } from '../../src/threads/room.ts';
import { runToEnd } from '../support/program.ts';

const MiB = 1024 * 1024;
const cost = { descriptors: 6, memoryMaps: 34, addressBytes: 0 };
const left: Resources = {
  memoryBytes: 20_000 * MiB,
  memoryMaps: 65_000,
  addressBytes: undefined,
  descriptors: undefined,
  processes: undefined,
  mainHeapBytes: 0,
};

/** A room in which the process holds `held` MiB more than at first. */
function roomWith(held: number, now: Partial<Resources> = {}, first: Partial<Resources> = {}) {
  let bytes = 100 * MiB;
  let counted = 0;
  const room = new Room(
    { ...left, ...first },
    cost,
    () => bytes,
    () => {
      counted++;
      return { ...left, ...now };
    },
  );
  bytes += held * MiB;
  return { room, counted: () => counted };
}

describe('room for threads', () => {
  test.each<[string, number, Partial<Resources>, number, boolean]>([
    ['there is some', 8000, {}, 1300, true],
    ['the heaps have grown, and with them the maps', 14_500, {}, 1300, false],
    ['there are too many for the maps', 10_000, {}, 1900, false],
    ['the memory is used up', 3950, { memoryBytes: 4000 * MiB }, 300, false],
    ['maps are not known and not limited', 10_000, { memoryMaps: undefined }, 1900, true],
  ])('%s', (_when, held, first, threads, isRoom) => {
    expect(roomWith(held, {}, first).room.isRoomFor(1, threads)).toBe(isRoom);
  });

  test('many more need more', () => {
    const { room } = roomWith(1300 * 6);
    expect([1, 200, 600].map((more) => room.isRoomFor(more, 1300))).toEqual([true, true, false]);
  });
});

describe('the process is about to end', () => {
  test.each<[string, Partial<Resources>, boolean]>([
    ['as was thought: of maps', { memoryMaps: 500 }, true],
    ['as was thought: of memory', { memoryBytes: 10 * MiB }, true],
    ['but there is more left than was thought', {}, false],
  ])('for lack of something, %s', (_what, now, critical) => {
    expect(roomWith(13_500, now).room.isCritical(1500, 0)).toBe(critical);
  });

  test('nothing is counted while there is room, and then not at each look', () => {
    const plenty = roomWith(8000, { memoryMaps: 0 });
    expect(plenty.room.isCritical(1300, 0)).toBe(false);
    expect(plenty.counted()).toBe(0);
    const scarce = roomWith(13_500, { memoryMaps: 0 });
    expect([0, 100, 4900, 5100].map((now) => scarce.room.isCritical(1500, now))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(scarce.counted()).toBe(2);
  });

  test('a machine that never had more is not', () => {
    const small = { memoryBytes: 30 * MiB };
    expect(roomWith(10, { memoryBytes: 20 * MiB }, small).room.isCritical(2, 0)).toBe(false);
  });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each(['objects', 'arrays', 'strings', 'buffers', 'garbage'])(
  'real threads take no more maps than is thought, idle and with heaps of %s',
  async (growth) => {
    const program = join(import.meta.dirname, '../support/growing-heaps.ts');
    const { stdout, stderr } = await runToEnd(process.execPath, [program, growth]);
    expect(stderr).toBe('');
    for (const { maps, taken } of Object.values<{ maps: number; taken: number }>(JSON.parse(stdout))) {
      expect(maps).toBeGreaterThan(24 * 20);
      expect(taken).toBeGreaterThanOrEqual(maps);
    }
  },
);
