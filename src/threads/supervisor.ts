import type { ConnectionThread } from './connection-thread.ts';

const CHECK_EVERY_MS = 200;
/** Each time the process has grown by this much the threads are asked what they hold. */
const GROWTH_BYTES = 64 * 1024 * 1024;
/** Outside the heap a thread needs a chunk, a reply and a write queue; this is far beyond. */
const EXTERNAL_LIMIT_BYTES = 96 * 1024 * 1024;

interface Seen {
  readonly turns: number;
  readonly since: number;
}

/**
 * Ends threads that harm the others: one that works without progress for `stallTimeout` (ms), and one that hoards
 * memory outside its heap, where no heap limit holds. `threads` is read anew at each look.
 *
 * Both kinds are found from outside, so it works on a thread that never comes back to its event loop.
 */
export class Supervisor {
  readonly #threads: ReadonlySet<ConnectionThread>;
  readonly #stallTimeout: number;
  readonly #seen = new WeakMap<ConnectionThread, Seen>();
  readonly #timer: NodeJS.Timeout;
  #resident = process.memoryUsage.rss();

  constructor(threads: ReadonlySet<ConnectionThread>, stallTimeout: number) {
    this.#threads = threads;
    this.#stallTimeout = stallTimeout;
    this.#timer = setInterval(() => this.#look(), CHECK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    for (const thread of this.#threads) this.#checkProgress(thread, now);
    const resident = process.memoryUsage.rss();
    if (resident - this.#resident > GROWTH_BYTES) {
      for (const thread of this.#threads) void this.#checkMemory(thread);
      this.#resident = resident;
    }
    this.#resident = Math.min(this.#resident, resident);
  }

  #checkProgress(thread: ConnectionThread, now: number): void {
    const { activity, turns } = thread.pulse.read();
    const seen = this.#seen.get(thread);
    if (activity !== 'working' || seen?.turns !== turns) {
      this.#seen.set(thread, { turns, since: now });
    } else if (now - seen.since > this.#stallTimeout) {
      void thread.terminate(`it made no progress for ${this.#stallTimeout / 1000} s`);
    }
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
