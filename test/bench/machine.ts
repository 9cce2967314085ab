import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What it was measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  /** Where the databases are. */
  readonly fileSystem: string;
  readonly date: string;
}

/** statfs(2), f_type, of Linux. */
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
  const fileSystem = statfsSync(folder).type;
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[fileSystem] ?? `file system ${fileSystem.toString(16)}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** Processes that wanted a processor, on average of a minute. */
export const loadAverage = (): number => loadavg()[0]!;

export const describeMachine = ({
  processor,
  cores,
  memoryGB,
  system,
  node,
  fileSystem,
  date,
}: Machine): string =>
  `${date}: ${cores} cores (${processor}), ${memoryGB} GB, ${system}, Node ${node}, databases on ${fileSystem}`;
