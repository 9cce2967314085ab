import { readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { descriptorLimit } from '../../src/threads/resources.ts';

/** What it was measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  /** Where the databases are. */
  readonly fileSystem: string;
  /** Processes that wanted a processor before we began, on average of a minute. */
  readonly loadBefore: number;
  readonly date: string;
}

/** statfs(2), f_type. */
const FILE_SYSTEMS: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'XFS',
  2435016766: 'Btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'ZFS',
};

/** `folder` is where the databases will be. */
export function machineHere(folder: string): Machine {
  const { type } = statfsSync(folder);
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    system: `Linux ${release()}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[type] ?? `file system ${type.toString(16)}`,
    loadBefore: loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** How many descriptors a process may have here; Node itself raises the soft limit to the hard one. */
export const descriptorsHere = (): number => descriptorLimit() ?? Number.POSITIVE_INFINITY;

/** Whether there is a /proc to read processes' figures from. */
export function hasProc(): boolean {
  try {
    return readFileSync('/proc/self/stat', 'utf8') !== '';
  } catch {
    return false;
  }
}
