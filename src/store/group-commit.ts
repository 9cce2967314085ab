import type { DatabaseSync } from 'node:sqlite';
import type { Pause } from './checkpointing.ts';
import type { DiskHealth } from './disk-health.ts';
import { StorageError } from './store.ts';
import type { Flush } from './wal.ts';

interface Operation {
  readonly writes: boolean;
  readonly run: () => unknown;
  readonly committed: ((value: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

/** For operations: does `step` if the present transaction is rolled back, those that come later first. */
export type Undo = (step: () => void) => void;

/** So many operations are a small group. */
const FEW = 16;
/** A disk is quick when a flush takes less than this, on average of late. */
const QUICK_MS = 1;
/** How much of that average is the last flush. */
const SHARE_OF_LAST = 1 / 8;

type Outcome = { readonly value: unknown } | { readonly error: StorageError };

/**
 * Group commit: the operations that gather while the operations before them are brought to the disk run in one transaction, in
 * order, and are answered together when it is on the disk too. One flush is then shared by everyone who waited for it, and nobody
 * waits for two.
 *
 * Of a small group the main thread waits for the flush itself, as long as the disk is quick: handing it to another thread and being
 * woken again takes about as long. A slow disk is never waited for.
 *
 * When the group fails (full disk, or one bad operation) it is rolled back and its operations run again one
 * by one, each in a transaction of its own, so a failure costs nobody but the operation that caused it. Operations must
 * therefore do nothing but touch the database, and say how to undo whatever else they do (`undo`).
 *
 * A flush that fails may have lost what it should have brought to the disk (fsync(2), "ERRORS"), and a later one would not tell. So
 * then the whole log is moved into the database, which has a flush of its own; until that has worked nothing is written. An operation
 * that is refused for that reason may have had its effect, as if the line to its client had been cut.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #flush: Flush;
  readonly #disk: DiskHealth;
  readonly #wrote: (pause: Pause) => void;
  readonly #begin;
  readonly #end;
  readonly #rollback;
  #gathered: Operation[] = [];
  /** A flush is under way, or a pause. Nothing is committed meanwhile. */
  #held = false;
  readonly #pauses: Parameters<Pause>[0][] = [];
  #flushMs = 0;
  /** A flush has failed, and the log has not been moved into the database since. */
  #doubtful = false;
  /** Undefined while there is no transaction. */
  #undoSteps: (() => void)[] | undefined;

  /** `wrote` is called behind each transaction that has written, and must not throw. */
  constructor(db: DatabaseSync, flush: Flush, disk: DiskHealth, wrote: (pause: Pause) => void = () => {}) {
    this.#db = db;
    this.#flush = flush;
    this.#disk = disk;
    this.#wrote = wrote;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#end = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** `told` is called in the order of the operations, also in relation to `committed`, before anybody is answered. */
  read<T>(run: () => T, told?: (value: T) => void): Promise<T> {
    return this.#gather(run, false, told as Operation['committed']);
  }

  /** `committed` is called when it is on the disk, in the order of the operations, before anybody is answered. */
  write<T>(run: () => T, committed?: (value: T) => void): Promise<T> {
    return this.#gather(run, true, committed as Operation['committed']);
  }

  readonly undo: Undo = (step) => {
    this.#undoSteps?.push(step);
  };

  #gather<T>(run: () => T, writes: boolean, committed: Operation['committed']): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#gathered.length === 0 && !this.#held) setImmediate(() => this.#goOn());
    this.#gathered.push({ run, writes, committed, resolve: resolve as Operation['resolve'], reject });
    return promise;
  }

  /** It begins when the flush that is under way has ended; what comes meanwhile waits, as it does for a flush. */
  readonly #pause: Pause = (work) => {
    this.#pauses.push(work);
    this.#goOn();
  };

  #goOn(): void {
    if (this.#held) return;
    const pause = this.#pauses.shift();
    if (pause) {
      this.#held = true;
      pause(() => {
        this.#held = false;
        this.#goOn();
      });
    } else if (this.#gathered.length > 0) this.#commit();
  }

  #commit(): void {
    const group = this.#gathered;
    this.#gathered = [];
    const outcomes = this.#outcomes(group);
    const wrote = group.some(({ writes }, index) => writes && 'value' in outcomes[index]!);
    if (wrote) this.#wrote(this.#pause);
    if (!wrote) answer(group, outcomes);
    else if (group.length <= FEW && this.#flushMs < QUICK_MS)
      answer(group, this.#flushed(outcomes, this.#flushNow()));
    else this.#startFlush(group, outcomes);
  }

  #startFlush(group: readonly Operation[], outcomes: readonly Outcome[]): void {
    this.#held = true;
    const began = performance.now();
    this.#flush.start((error) => {
      this.#took(began);
      this.#held = false;
      answer(group, this.#flushed(outcomes, error));
      // Whoever has been answered goes on behind this, and meanwhile the disk works.
      this.#goOn();
    });
  }

  #flushNow(): Error | null {
    const began = performance.now();
    try {
      this.#flush.now();
      return null;
    } catch (error) {
      return error as Error;
    } finally {
      this.#took(began);
    }
  }

  #took(began: number): void {
    this.#flushMs += (performance.now() - began - this.#flushMs) * SHARE_OF_LAST;
  }

  /** What has become of the operations when the flush behind them has ended. */
  #flushed(outcomes: readonly Outcome[], error: Error | null): readonly Outcome[] {
    if (error) this.#doubtful = true;
    if (!this.#doubtful) return outcomes;
    try {
      this.#moveLog();
      return outcomes;
    } catch (cause) {
      // The flush's own error first: it tells of the disk, and why there may be what nobody was told of.
      return outcomes.map((outcome) => ('error' in outcome ? outcome : this.#failed(error ?? cause)));
    }
  }

  /** @throws Error */
  #moveLog(): void {
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()!;
    if (busy !== 0) throw new Error('the log cannot be moved into the database now');
    this.#doubtful = false;
  }

  #outcomes(group: readonly Operation[]): Outcome[] {
    try {
      return this.#together(group);
    } catch {
      return group.map((operation) => this.#alone(operation));
    }
  }

  #together(group: readonly Operation[]): Outcome[] {
    if (!group.some(({ writes }) => writes)) return group.map(({ run }) => ({ value: run() }));
    return this.#transaction(() => group.map(({ run }) => ({ value: run() })));
  }

  #alone(operation: Operation): Outcome {
    try {
      return this.#together([operation])[0]!;
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  #failed(cause: unknown): Outcome {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const disk = this.#disk.failed(cause);
    return { error: new StorageError(`storage failed: ${reason}`, { cause, disk }) };
  }

  #transaction<T>(run: () => T): T {
    if (this.#doubtful) this.#moveLog();
    this.#begin.run();
    const undoSteps: (() => void)[] = [];
    this.#undoSteps = undoSteps;
    try {
      const result = run();
      this.#end.run();
      return result;
    } catch (error) {
      // A failed COMMIT may have ended the transaction by itself.
      if (this.#db.isTransaction) this.#rollback.run();
      this.#undoSteps = undefined;
      for (const step of undoSteps.reverse()) step();
      throw error;
    } finally {
      this.#undoSteps = undefined;
    }
  }
}

function answer(group: readonly Operation[], outcomes: readonly Outcome[]): void {
  for (const [index, outcome] of outcomes.entries()) {
    if ('value' in outcome) group[index]!.committed?.(outcome.value);
  }
  for (const [index, outcome] of outcomes.entries()) {
    const { resolve, reject } = group[index]!;
    if ('error' in outcome) reject(outcome.error);
    else resolve(outcome.value);
  }
}
