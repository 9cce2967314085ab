import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** In kB (of 1024 bytes), as the kernel counts them. */
export const residentKilobytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

/** The kernel's tick in what it says about processors' time (USER_HZ): a hundredth of a second on every Linux. */
const TICKS_PER_SECOND = 100;

/** How long a process and its threads have computed, in seconds. */
export function computedSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold anything, the fields from the third on: utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** How much of the processors the processes use between the call and the call of what it returns. */
export function busyMeter(pids: readonly number[]): () => number {
  const computed = (): number => pids.reduce((sum, pid) => sum + computedSeconds(pid), 0);
  const [began, before] = [performance.now(), computed()];
  return () => (computed() - before) / ((performance.now() - began) / 1000);
}

const QUIET_SHARE = 0.05;
const LOOK_MS = 200;
const PATIENCE_MS = 20_000;

/** Resolves when the processes have stopped to compute, as after their start. Goes on all the same after 20 s. */
export async function quiet(pids: readonly number[]): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const busy = busyMeter(pids);
    await sleep(LOOK_MS);
    if (busy() <= QUIET_SHARE * pids.length || performance.now() > until) return;
  }
}
