import { posix } from 'node:path';
import { fieldIn, numberIn, readText } from './proc.ts';

/**
 * What the control groups leave to this process (cgroups(7)), and so the container that it runs in. A process is in a group within
 * others, and the limit of each of them holds, for all processes in it together. Both versions are read; undefined: no limit.
 */
export interface GroupLimits {
  /** Of memory. What the system can take back at any time, such as files that were read, counts as free. */
  readonly memoryBytes: number | undefined;
  /** Threads count as much as processes do. */
  readonly processes: number | undefined;
}

/** `root`: the folder in which /proc and /sys are. */
export function groupLimits(root = '/'): GroupLimits {
  const groups = readText(posix.join(root, 'proc/self/cgroup')).split('\n').map(parse);
  const memory = groups.flatMap((group) => foldersOf(group, 'memory', root)).map(memoryLeft);
  const processes = groups
    .flatMap((group) => foldersOf(group, 'pids', root))
    .map((folder) => left(read(folder, 'pids.max'), read(folder, 'pids.current')));
  return { memoryBytes: least(memory), processes: least(processes) };
}

/** A line such as `4:cpu,cpuacct:/docker/1f3a`, or of version 2 `0::/docker/1f3a`. */
interface Group {
  readonly controllers: readonly string[];
  readonly path: string;
}

function parse(line: string): Group {
  const [, controllers = '', ...path] = line.split(':');
  return { controllers: controllers.split(','), path: path.join(':') };
}

/** The group's folder for a controller, then those of the groups around it. Some may not be there: a container sees its own alone. */
function foldersOf({ controllers, path }: Group, controller: string, root: string): string[] {
  const second = controllers[0] === '';
  if (path === '' || path.includes('..') || !(second || controllers.includes(controller))) return [];
  const mounts = second ? ['', 'unified'] : [controller];
  return mounts.flatMap((mount) => {
    const folders: string[] = [];
    for (let at = path; ; at = posix.dirname(at)) {
      folders.push(posix.join(root, 'sys/fs/cgroup', mount, at));
      if (at === '/') return folders;
    }
  });
}

function memoryLeft(folder: string): number | undefined {
  const limit = least(
    ['memory.max', 'memory.high', 'memory.limit_in_bytes'].map((file) => read(folder, file)),
  );
  const used = read(folder, 'memory.current') ?? read(folder, 'memory.usage_in_bytes');
  const statistics = readText(posix.join(folder, 'memory.stat'));
  const files = fieldIn(statistics, 'total_inactive_file') ?? fieldIn(statistics, 'inactive_file') ?? 0;
  return left(limit, used === undefined ? undefined : used - files);
}

const read = (folder: string, file: string): number | undefined =>
  numberIn(readText(posix.join(folder, file)));

const left = (limit: number | undefined, used = 0): number | undefined =>
  limit === undefined ? undefined : Math.max(0, limit - used);

function least(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
