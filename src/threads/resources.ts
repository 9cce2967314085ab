import { readdirSync } from 'node:fs';
import { freemem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { groupLimits } from './cgroups.ts';
import { addressBytes, fieldIn, memoryMaps, numberIn, openDescriptors, readText } from './proc.ts';

/** What the machine and its limits leave to this process; undefined where the platform does not tell, or there is no limit. */
export interface Resources {
  readonly memoryBytes: number;
  readonly memoryMaps: number | undefined;
  readonly addressBytes: number | undefined;
  readonly descriptors: number | undefined;
  /** Threads count as much as processes do. */
  readonly processes: number | undefined;
  readonly mainHeapBytes: number;
}

/** Linux's own, and where it cannot be read hardly another one. */
const ORDINARY_MEMORY_MAPS = 65_530;
/** Where it is not known how many are open. */
const ORDINARY_OPEN_DESCRIPTORS = 64;
/** Beyond what any machine carries: then nobody need count the processes that there are. */
const MANY_PROCESSES = 32 * 1024;

/** What there is now. Takes some milliseconds. */
export function resourcesHere(): Resources {
  const limit = (name: string): number | undefined => softLimit(readText('/proc/self/limits'), name);
  const group = groupLimits();
  const available = fieldIn(readText('/proc/meminfo'), 'MemAvailable');
  const addresses = limit('Max address space');
  const descriptors = descriptorLimit();
  const maps =
    numberIn(readText('/proc/sys/vm/max_map_count')) ??
    (process.platform === 'linux' ? ORDINARY_MEMORY_MAPS : undefined);
  const processes = [group.processes, processesLeft(limit('Max processes'))];
  return {
    memoryBytes: Math.min(
      group.memoryBytes ?? Number.POSITIVE_INFINITY,
      available === undefined ? freemem() : available * 1024,
    ),
    memoryMaps: maps && maps - memoryMaps(),
    addressBytes: addresses && addresses - addressBytes(),
    descriptors: descriptors && descriptors - (openDescriptors() ?? ORDINARY_OPEN_DESCRIPTORS),
    processes: processes.reduce((least, some) => (some === undefined || least! < some ? least : some)),
    mainHeapBytes: getHeapStatistics().heap_size_limit,
  };
}

/** How many file descriptors this process may have open. Node raises its own limit to the highest that it may, so this is it. */
export function descriptorLimit(): number | undefined {
  return softLimit(readText('/proc/self/limits'), 'Max open files') ?? reportedLimit();
}

/** The first of two, from a text such as /proc/self/limits. */
const softLimit = (limits: string, name: string): number | undefined => fieldIn(limits, name);

/** Where there is no /proc, Node's diagnostic report knows it. */
function reportedLimit(): number | undefined {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  return numberIn(String(userLimits?.open_files?.soft));
}

/** The limit holds for all processes of a user together, and their threads (getrlimit(2), RLIMIT_NPROC). */
function processesLeft(limit: number | undefined): number | undefined {
  if (limit === undefined || limit > MANY_PROCESSES) return limit;
  const user = process.getuid?.();
  let running = 0;
  for (const name of namesIn('/proc')) {
    const status = /^\d+$/.test(name) ? readText(`/proc/${name}/status`) : '';
    if (fieldIn(status, 'Uid') === user) running += fieldIn(status, 'Threads') ?? 0;
  }
  return Math.max(0, limit - running);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
