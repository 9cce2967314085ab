import type { ConnectionThread } from './connection-thread.ts';
import { inTime } from './in-time.ts';
import { residentBytes } from './resident.ts';
import type { Room } from './room.ts';
import { computedBy } from './task.ts';

const CHECK_EVERY_MS = 100;
/** A thread that has computed for this much of the time between two looks, in one turn, stands in others' way. */
const HOGGING_SHARE = 0.5;
/** A thread that has computed for less than this much of the time without progress has had no processor, and is not to blame … */
const STALLED_SHARE = 0.01;
/** … unless it goes on for so many times as long. */
const LONGEST_STALL = 12;
/** Each time the process has grown by this much beyond what its threads ordinarily take, they are asked what they hold. */
const GROWTH_BYTES = 64 * 1024 * 1024;
const ORDINARY_THREAD_BYTES = 8 * 1024 * 1024;
/** Outside the heap a thread needs a chunk, a reply and a write queue; this is far beyond. */
const EXTERNAL_LIMIT_BYTES = 96 * 1024 * 1024;

/** A turn of a thread's that lasts. */
interface Seen {
  readonly turns: number;
  readonly since: number;
  /** How long the thread had computed at the second look and at the last one (ms), where that is known. */
  readonly computedFirst: number | undefined;
  readonly computed: number | undefined;
}

/**
 * Holds off and ends threads that harm the others. One that goes on computing in one turn is made to let all others
 * compute first; when it makes no progress for `stallTimeout` (ms) it is ended. So is one that hoards memory outside its
 * heap, where no heap limit holds; and the one that holds most, when the whole process would end for lack of memory. `threads` is
 * read anew at each look.
 *
 * All are found from outside, so it works on a thread that never comes back to its event loop.
 */
export class Supervisor {
  readonly #threads: ReadonlySet<ConnectionThread>;
  readonly #stallTimeout: number;
  readonly #seen = new WeakMap<ConnectionThread, Seen>();
  readonly #timer: NodeJS.Timeout;
  #extra = Number.POSITIVE_INFINITY;
  readonly #room: Pick<Room, 'isCritical'>;

  constructor(threads: ReadonlySet<ConnectionThread>, stallTimeout: number, room: Pick<Room, 'isCritical'>) {
    this.#threads = threads;
    this.#stallTimeout = stallTimeout;
    this.#room = room;
    this.#timer = setInterval(() => this.#look(), CHECK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    for (const thread of this.#threads) this.#checkProgress(thread, now);
    const extra = residentBytes() - this.#threads.size * ORDINARY_THREAD_BYTES;
    if (extra - this.#extra > GROWTH_BYTES) {
      for (const thread of this.#threads) void this.#checkMemory(thread);
      this.#extra = extra;
    }
    this.#extra = Math.min(this.#extra, extra);
    if (this.#room.isCritical(this.#threads.size, now)) void this.#endGreediest();
  }

  /** One thread's end is better than everybody's. */
  async #endGreediest(): Promise<void> {
    const heaps = [...this.#threads].map(async (thread) => {
      const statistics = await inTime(thread.worker.getHeapStatistics());
      return { thread, bytes: (statistics?.total_heap_size ?? 0) + (statistics?.external_memory ?? 0) };
    });
    const [first, ...others] = await Promise.all(heaps);
    if (!first) return;
    const greediest = others.reduce((most, one) => (one.bytes > most.bytes ? one : most), first);
    const held = Math.round(greediest.bytes / 1024 / 1024);
    void greediest.thread.terminate(`it held ${held} MiB when the process had hardly any memory left`);
  }

  #checkProgress(thread: ConnectionThread, now: number): void {
    const { activity, turns, task } = thread.pulse.read();
    const seen = this.#seen.get(thread);
    if (activity !== 'working' || seen?.turns !== turns) {
      this.#seen.set(thread, { turns, since: now, computedFirst: undefined, computed: undefined });
      return;
    }
    // A turn that only waits for a processor lasts as long, and is not to blame.
    const computed = computedBy(task);
    const computedFirst = seen.computedFirst ?? computed;
    const lasted = now - seen.since;
    const had = computed === undefined ? Number.POSITIVE_INFINITY : computed - computedFirst!;
    const atWork = had > STALLED_SHARE * this.#stallTimeout || lasted > LONGEST_STALL * this.#stallTimeout;
    if (lasted > this.#stallTimeout && atWork) {
      void thread.terminate(`it made no progress for ${this.#stallTimeout / 1000} s`);
      return;
    }
    const hogs =
      seen.computed !== undefined &&
      computed !== undefined &&
      computed - seen.computed > HOGGING_SHARE * CHECK_EVERY_MS;
    const shared = thread.connections.size > 1;
    if (hogs && !shared && !thread.demoted) thread.demote();
    this.#seen.set(thread, { turns, since: seen.since, computedFirst, computed });
  }

  async #checkMemory(thread: ConnectionThread): Promise<void> {
    // Rejects when the thread is ending, which is as good.
    const statistics = await thread.worker.getHeapStatistics().catch(() => undefined);
    if (statistics && statistics.external_memory > EXTERNAL_LIMIT_BYTES) {
      void thread.terminate(
        `it held ${Math.round(statistics.external_memory / 1024 / 1024)} MiB outside its heap`,
      );
    }
  }
}
