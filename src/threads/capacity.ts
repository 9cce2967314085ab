import { readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** What the machine and this process may use; undefined where the platform does not tell. */
export interface Resources {
  readonly memoryBytes: number;
  readonly memoryMaps: number | undefined;
  readonly descriptors: number | undefined;
  readonly processes: number | undefined;
  readonly mainHeapBytes: number;
}

export interface Capacity {
  readonly threads: number;
  /** Which resource would run out first. */
  readonly limit: string;
}

const MiB = 1024 * 1024;

/** What a thread takes at the most, measured on Node 26 under Linux, with room to spare; and what the rest of the process needs. */
const PER_THREAD = { memoryBytes: 12 * MiB, memoryMaps: 33, descriptors: 7, mainHeapBytes: 256 * 1024 };
const RESERVED = {
  memoryBytes: 256 * MiB,
  memoryMaps: 2000,
  descriptors: 200,
  processes: 200,
  mainHeapBytes: 256 * MiB,
};

/** How many connection threads these resources carry. */
export function capacityOf(resources: Resources): Capacity {
  const bounds = [
    ['memory', (resources.memoryBytes - RESERVED.memoryBytes) / PER_THREAD.memoryBytes],
    [
      'memory maps (vm.max_map_count)',
      ((resources.memoryMaps ?? Infinity) - RESERVED.memoryMaps) / PER_THREAD.memoryMaps,
    ],
    [
      'file descriptors (ulimit -n)',
      ((resources.descriptors ?? Infinity) - RESERVED.descriptors) / PER_THREAD.descriptors,
    ],
    ['processes (ulimit -u)', (resources.processes ?? Infinity) - RESERVED.processes],
    ['the main heap', (resources.mainHeapBytes - RESERVED.mainHeapBytes) / PER_THREAD.mainHeapBytes],
  ] as const;
  const [limit, threads] = bounds.reduce((least, bound) => (bound[1] < least[1] ? bound : least));
  return { threads: Math.max(availableParallelism(), Math.floor(threads)), limit };
}

const SPARE_SHARE = 10;
const MOST_SPARE = 200;

/** How many threads should wait for connections on a machine that carries `threads`: enough for a class that comes in all at once. */
export const spareFor = (threads: number): number => Math.min(MOST_SPARE, Math.ceil(threads / SPARE_SHARE));

/** What there is on this machine, now. */
export function resourcesHere(): Resources {
  const limits = readText('/proc/self/limits');
  const limit = (name: string): number | undefined => {
    const value = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(limits)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  // NaN where there is no such file, or no limit ("max").
  const group = Number(readText('/sys/fs/cgroup/memory.max') || Number.NaN);
  const available =
    Number(/^MemAvailable:\s+(\d+)/m.exec(readText('/proc/meminfo'))?.[1] ?? Number.NaN) * 1024;
  const system = Number.isNaN(available) ? freemem() : available;
  const maps = Number(readText('/proc/sys/vm/max_map_count') || Number.NaN);
  return {
    memoryBytes: Number.isNaN(group) ? system : Math.min(group, system),
    memoryMaps: Number.isNaN(maps) ? undefined : maps,
    descriptors: limit('Max open files'),
    processes: limit('Max processes'),
    mainHeapBytes: getHeapStatistics().heap_size_limit,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
