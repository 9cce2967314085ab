import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/* A thread as Linux sees it, which numbers threads like processes. On other systems nothing is known. */

/** The system's number of the thread that calls this; 0 where it is not known. */
export function ownTask(): number {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return 0;
  }
}

/** Milliseconds for which a thread of this process has computed; undefined where that is not known. */
export function computedBy(task: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}
