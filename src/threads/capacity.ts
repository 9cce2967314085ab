import { divideDescriptors } from './descriptors.ts';
import type { Resources } from './resources.ts';
import type { ThreadCost } from './thread-cost.ts';

export interface Capacity {
  readonly threads: number;
  /** Which resource would run out first. */
  readonly limit: string;
}

const MiB = 1024 * 1024;

/** What a thread takes at the most, measured on Node 26 under Linux, with room to spare; and what the rest of the process needs. */
const PER_THREAD = { memoryBytes: 12 * MiB, mainHeapBytes: 256 * 1024 };
/** Beyond those of an idle one: for the little that its heap has grown when it has served somebody. Should it grow further, see Room. */
const MORE_MEMORY_MAPS = 6;
const RESERVED = {
  memoryBytes: 256 * MiB,
  memoryMaps: 2000,
  addressBytes: 1024 * MiB,
  processes: 50,
  mainHeapBytes: 256 * MiB,
};

/** How many connection threads these resources carry: one at the least. */
export function capacityOf(resources: Resources, cost: ThreadCost, maxConnections: number): Capacity {
  const { forConnections } = divideDescriptors(resources.descriptors, cost);
  const bounds = [
    ['memory', (resources.memoryBytes - RESERVED.memoryBytes) / PER_THREAD.memoryBytes],
    [
      'memory maps (vm.max_map_count)',
      ((resources.memoryMaps ?? Infinity) - RESERVED.memoryMaps) / (cost.memoryMaps + MORE_MEMORY_MAPS),
    ],
    [
      'addresses (ulimit -v)',
      ((resources.addressBytes ?? Infinity) - RESERVED.addressBytes) / cost.addressBytes,
    ],
    [
      // Threads get what connections leave, or half of it: beyond that it is better to share threads than to turn people away.
      'file descriptors (ulimit -n)',
      Math.max(forConnections - maxConnections, forConnections / 2) / cost.descriptors,
    ],
    ['processes (ulimit -u, pids.max)', (resources.processes ?? Infinity) - RESERVED.processes],
    ['the main heap', (resources.mainHeapBytes - RESERVED.mainHeapBytes) / PER_THREAD.mainHeapBytes],
  ] as const;
  const [limit, threads] = bounds.reduce((least, bound) => (bound[1] < least[1] ? bound : least));
  return { threads: Math.max(1, Math.floor(threads)), limit };
}

const SPARE_SHARE = 10;
const MOST_SPARE = 200;

/** How many threads should wait for connections on a machine that carries `threads`: enough for a class that comes in all at once. */
export const spareFor = (threads: number): number => Math.min(MOST_SPARE, Math.ceil(threads / SPARE_SHARE));
