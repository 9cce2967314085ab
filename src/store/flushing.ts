import type { DatabaseSync } from 'node:sqlite';
import type { Flush } from './wal.ts';

/** A disk is quick when a flush takes less than this. */
const QUICK_MS = 1;
/** So many flushes that take longer make a quick disk a slow one: each may have waited for a processor, and not for the disk. */
const SLOW_FLUSHES = 8;
/** After so many that were not waited for one is: how long those take, with two changes of threads, tells as much about the machine. */
const TRY_AFTER = 32;

/**
 * Brings to the disk what has been committed. The main thread waits for that itself, as long as the disk is quick: handing it to another
 * thread and being woken again takes longer, and the more so the busier the machine is. A slow disk is waited for only now and then,
 * to find out whether it still is.
 *
 * A flush that fails may have lost what it should have brought to the disk (fsync(2), "ERRORS"), and a later one would not tell. So
 * then the whole log is moved into the database, which has a flush of its own; until that has worked nothing is written.
 */
export class Flushing {
  readonly #db: DatabaseSync;
  readonly #flush: Flush;
  /** How long the disk takes for a flush, at the least of late. A disk that begins slowly is slow. */
  #takes = QUICK_MS - QUICK_MS / SLOW_FLUSHES;
  /** Since one was waited for. */
  #started = 0;
  /** A flush has failed, and the log has not been moved into the database since. */
  #doubtful = false;

  constructor(db: DatabaseSync, flush: Flush) {
    this.#db = db;
    this.#flush = flush;
  }

  /** Whether to call `now`, and not `start`. */
  get isToBeWaitedFor(): boolean {
    return this.#takes < QUICK_MS || this.#started >= TRY_AFTER;
  }

  /** Returns why what has been committed is perhaps not on the disk; undefined when it is. */
  now(): unknown {
    this.#started = 0;
    const began = performance.now();
    let failure: Error | null = null;
    try {
      this.#flush.now();
    } catch (error) {
      failure = error as Error;
    }
    return this.#ended(began, failure);
  }

  /** Does it in another thread, and then calls `done` with what `now` returns. */
  start(done: (error: unknown) => void): void {
    this.#started++;
    const began = performance.now();
    this.#flush.start((failure) => done(this.#ended(began, failure)));
  }

  /** To be called before anything is written. @throws Error */
  settle(): void {
    if (this.#doubtful) this.#moveLog();
  }

  #ended(began: number, failure: Error | null): unknown {
    // One that was quick tells what the disk can do, and one that was not little.
    this.#takes = Math.min(performance.now() - began, this.#takes + QUICK_MS / SLOW_FLUSHES);
    if (failure) this.#doubtful = true;
    try {
      this.settle();
      return undefined;
    } catch (cause) {
      // The flush's own error first: it tells of the disk, and why there may be what nobody was told of.
      return failure ?? cause;
    }
  }

  /** @throws Error */
  #moveLog(): void {
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()!;
    if (busy !== 0) throw new Error('the log cannot be moved into the database now');
    this.#doubtful = false;
  }
}
