/** What the kernel tells of processes; undefined where there is no /proc, as on other systems than Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Microseconds of a processor, by who used them. */
export interface Processor {
  readonly main: number;
  /** The threads of connections; of a program that is not Node's, all but its main thread. */
  readonly threads: number;
  /** V8's helpers: compiling and collecting garbage. */
  readonly v8: number;
  /** What waits for the disk: libuv's pool and the checkpointer. */
  readonly pool: number;
}

export const totalOf = ({ main, threads, v8, pool }: Processor): number => main + threads + v8 + pool;

export const hasProc = (): boolean => read('/proc/self/schedstat') !== undefined;

/** How long the threads of a process have computed so far. Of a thread that has ended nothing is known any more. */
export function computedBy(pid: number): Processor | undefined {
  if (!hasProc()) return undefined;
  const computed = { main: 0, threads: 0, v8: 0, pool: 0 };
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const nanoseconds = Number(read(`${folder}/schedstat`)?.split(' ')[0] ?? 0);
    const name = read(`${folder}/comm`) ?? '';
    const whose = Number(thread) === pid ? 'main' : threadOf(name);
    computed[whose] += nanoseconds / 1000;
  }
  return computed;
}

/** By its name. The checkpointer, which moves the log into the database, waits for the disk like the pool. */
function threadOf(name: string): keyof Processor {
  if (name.includes('V8')) return 'v8';
  return name.startsWith('libuv') || name.startsWith('checkpoint') ? 'pool' : 'threads';
}

/** Microseconds since the machine's start: what processes used of the processors, also such of other machines on the same ones. */
export function computedByAll(): number | undefined {
  const line = /^cpu +(.*)/.exec(read('/proc/stat') ?? '')?.[1];
  if (!line) return undefined;
  const [user, nice, system, , , , , stolen] = line.split(' ').map(Number);
  return ((user! + nice! + system! + (stolen ?? 0)) * 1e6) / TICKS_PER_SECOND;
}

/** The kernel's tick in what it says about processors' time (USER_HZ): a hundredth of a second on every Linux. */
const TICKS_PER_SECOND = 100;

/** In kB (of 1024 bytes), as the kernel counts them. */
export function residentKilobytes(pid: number): number | undefined {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const QUIET_SHARE = 0.05;
const LOOK_MS = 200;
const PATIENCE_MS = 20_000;

/** Resolves when a process has stopped to compute, as after its start. Goes on all the same after 20 s. */
export async function quiet(pid: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const [before, began] = [computedBy(pid), performance.now()];
    await sleep(LOOK_MS);
    const after = computedBy(pid);
    if (!before || !after) return;
    const share = (totalOf(after) - totalOf(before)) / 1000 / (performance.now() - began);
    if (share <= QUIET_SHARE || performance.now() > until) return;
  }
}
