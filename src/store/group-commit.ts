import type { DatabaseSync } from 'node:sqlite';
import type { DiskHealth } from './disk-health.ts';
import { StorageError } from './store.ts';

interface Operation {
  readonly writes: boolean;
  readonly run: () => unknown;
  readonly committed: ((value: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

/** For operations: does `step` if the present transaction is rolled back, those that come later first. */
export type Undo = (step: () => void) => void;

type Outcome = { readonly value: unknown } | { readonly error: StorageError };

/**
 * Group commit: the operations that gather during one turn of the event loop run in one transaction, in
 * order, and are answered together when it is on disk. One flush to disk is then shared by everyone who waited for it.
 *
 * When the group fails (full disk, or one bad operation) it is rolled back and its operations run again one
 * by one, each in a transaction of its own, so a failure costs nobody but the operation that caused it. Operations must
 * therefore do nothing but touch the database, and say how to undo whatever else they do (`undo`).
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #disk: DiskHealth;
  readonly #begin;
  readonly #end;
  readonly #rollback;
  #gathered: Operation[] = [];
  /** Undefined while there is no transaction. */
  #undoSteps: (() => void)[] | undefined;

  constructor(db: DatabaseSync, disk: DiskHealth) {
    this.#db = db;
    this.#disk = disk;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#end = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  read<T>(run: () => T): Promise<T> {
    return this.#gather(run, false, undefined);
  }

  /** `committed` is called when it is on the disk, before anybody is answered. */
  write<T>(run: () => T, committed?: (value: T) => void): Promise<T> {
    return this.#gather(run, true, committed as Operation['committed']);
  }

  readonly undo: Undo = (step) => {
    this.#undoSteps?.push(step);
  };

  #gather<T>(run: () => T, writes: boolean, committed: Operation['committed']): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#gathered.length === 0) setImmediate(() => this.#commit());
    this.#gathered.push({ run, writes, committed, resolve: resolve as Operation['resolve'], reject });
    return promise;
  }

  #commit(): void {
    const group = this.#gathered;
    this.#gathered = [];
    const outcomes = this.#outcomes(group);
    for (const [index, outcome] of outcomes.entries()) {
      if ('value' in outcome) group[index]!.committed?.(outcome.value);
    }
    for (const [index, outcome] of outcomes.entries()) {
      const { resolve, reject } = group[index]!;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.value);
    }
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
      const reason = cause instanceof Error ? cause.message : String(cause);
      const disk = this.#disk.failed(cause);
      return { error: new StorageError(`storage failed: ${reason}`, { cause, disk }) };
    }
  }

  #transaction<T>(run: () => T): T {
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
