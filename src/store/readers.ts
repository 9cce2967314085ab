import { readFileSync, statSync } from 'node:fs';

/** So many are told. */
const MOST = 5;

/**
 * The other programs that use the database at `path` now, as `number (name)`: on Linux, where the system tells who has locked its
 * `-shm` file, and where they can be seen from here.
 */
export function readersOf(path: string): string[] {
  try {
    const { ino } = statSync(`${path}-shm`);
    // proc(5), "/proc/locks": number, kind, how, what, process, device:inode, from, to.
    const processes = readFileSync('/proc/locks', 'latin1')
      .split('\n')
      .filter((line) => line.includes(`:${ino} `))
      .map((line) => Number(line.trim().split(/\s+/)[4]))
      .filter((pid) => pid > 0 && pid !== process.pid);
    return [...new Set(processes)].slice(0, MOST).map((pid) => `${pid} (${nameOf(pid)})`);
  } catch {
    return [];
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
