import type { DatabaseSync } from 'node:sqlite';
import { Steps } from '../steps.ts';
import type { Pause } from './checkpointing.ts';
import type { DiskHealth } from './disk-health.ts';
import { Flushing } from './flushing.ts';
import { StorageError } from './store.ts';
import { type Owner, Turns } from './turns.ts';
import type { Flush } from './wal.ts';

interface Operation {
  /** What it is, for whoever measures how long it takes. */
  readonly name: string;
  readonly owner: Owner;
  readonly writes: boolean;
  /** Whether it returns a Piece. */
  readonly inPieces: boolean;
  readonly run: () => unknown;
  readonly committed: ((value: unknown) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
  /** What it has come to, once it has run: its outcome, or why it has none. */
  value: unknown;
  error: StorageError | undefined;
}

/** What a piece of a long operation leads to: the state from which the next one goes on, or the outcome of all. */
export type Piece<S, T> = { readonly next: S } | { readonly done: T };

/** How a long operation is done. No piece may take more than a millisecond or two. */
export interface Pieces<S, T> {
  /** Whether they write. */
  readonly writes: boolean;
  /** The first one's state. */
  readonly start: S;
  /** It must not change the state that it is given: when the transaction fails it is called with that again. */
  readonly run: (state: S) => Piece<S, T>;
  /** Called for each piece, as `committed` of a write and `told` of a read. */
  readonly told?: (piece: Piece<S, T>) => void;
}

/** For operations: does `step` if the present transaction is rolled back, those that come later first. */
export type Undo = (step: () => void) => void;

const hasWritten = ({ writes, error }: Operation): boolean => writes && !error;

/**
 * Group commit: the operations that gather while the operations before them are brought to the disk run in one transaction, in
 * order, and are answered together when it is on the disk too. One flush is then shared by everyone who waited for it, and nobody
 * waits for two.
 *
 * A transaction has room for some milliseconds' work; what is beyond that is in a later one, in the order that Turns tells. So no step
 * of the main thread is long, however much has gathered, and no owner of operations holds up the others. An operation that may take
 * long itself is done in pieces (`inPieces`), each an operation with a commit of its own: others come in between, but none of the
 * same owner's. It is answered when the last piece is on the disk; who is killed meanwhile has done some of the pieces.
 *
 * A quick disk is waited for, a slow one works meanwhile (see Flushing).
 *
 * When the group fails (full disk, or one bad operation) it is rolled back and its operations run again one
 * by one, each in a transaction of its own, so a failure costs nobody but the operation that caused it. Operations must
 * therefore do nothing but touch the database, and say how to undo whatever else they do (`undo`).
 *
 * An operation that is refused because a flush has failed may have had its effect, as if the line to its client had been cut.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #flushing: Flushing;
  readonly #disk: DiskHealth;
  readonly #wrote: (pause: Pause) => void;
  readonly #begin;
  readonly #end;
  readonly #rollback;
  readonly #steps: Steps;
  readonly #turns = new Turns<Operation>();
  /** The next transaction will begin by itself. */
  #scheduled = false;
  /** Those who want to know when nothing is left. */
  #waitingForEnd: (() => void)[] = [];
  /** A flush is under way, or a pause. Nothing is committed meanwhile. */
  #held = false;
  readonly #pauses: Parameters<Pause>[0][] = [];
  /** Undefined while there is no transaction. */
  #undoSteps: (() => void)[] | undefined;

  /** `wrote` is called behind each transaction that has written, and must not throw. */
  constructor(
    db: DatabaseSync,
    flush: Flush,
    disk: DiskHealth,
    { wrote = () => {}, steps = new Steps() }: { wrote?: (pause: Pause) => void; steps?: Steps } = {},
  ) {
    this.#db = db;
    this.#flushing = new Flushing(db, flush);
    this.#disk = disk;
    this.#wrote = wrote;
    this.#steps = steps;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#end = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** `told` is called in the order of the operations, also in relation to `committed`, before anybody is answered. */
  read<T>(name: string, owner: Owner, run: () => T, told?: (value: T) => void): Promise<T> {
    return this.#gather(name, owner, false, run, told);
  }

  /** `committed` is called when it is on the disk, in the order of the operations, before anybody is answered. */
  write<T>(name: string, owner: Owner, run: () => T, committed?: (value: T) => void): Promise<T> {
    return this.#gather(name, owner, true, run, committed);
  }

  /** An operation that may take long. It rejects at the first piece that fails; those before it have been done. */
  inPieces<S, T>(
    name: string,
    owner: Owner,
    { writes, start, run, told = () => {} }: Pieces<S, T>,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const from = (state: S): Operation => ({
      name,
      owner,
      writes,
      inPieces: true,
      run: () => run(state),
      committed: (piece) => told(piece as Piece<S, T>),
      resolve: (piece) => {
        const ended = piece as Piece<S, T>;
        if ('next' in ended) this.#turns.goOn(from(ended.next));
        else resolve(ended.done);
      },
      reject,
      value: undefined,
      error: undefined,
    });
    this.#add(from(start));
    return promise;
  }

  /** Resolves when all that was asked for is done. */
  async idle(): Promise<void> {
    if (this.#turns.empty && !this.#held) return;
    await new Promise<void>((resolve) => this.#waitingForEnd.push(resolve));
  }

  readonly undo: Undo = (step) => {
    this.#undoSteps?.push(step);
  };

  #gather<T>(
    name: string,
    owner: Owner,
    writes: boolean,
    run: () => T,
    committed: ((value: T) => void) | undefined,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#add({
        name,
        owner,
        writes,
        inPieces: false,
        run,
        committed: committed as Operation['committed'],
        resolve: resolve as Operation['resolve'],
        reject,
        value: undefined,
        error: undefined,
      });
    });
  }

  #add(operation: Operation): void {
    this.#turns.add(operation);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    setImmediate(this.#goOn);
  }

  /** It begins when the flush that is under way has ended; what comes meanwhile waits, as it does for a flush. */
  readonly #pause: Pause = (work) => {
    this.#pauses.push(work);
    this.#goOn();
  };

  readonly #goOn = (): void => {
    this.#scheduled = false;
    if (this.#held) return;
    this.#steps.begin('commit');
    const pause = this.#pauses.shift();
    if (pause) {
      this.#held = true;
      pause(() => {
        this.#held = false;
        this.#goOn();
      });
    } else if (!this.#turns.empty) this.#commit();
    this.#tellEnd();
  };

  #commit(): void {
    const group = this.#round();
    this.#turns.finish();
    this.#steps.is('commit');
    if (!group.some(hasWritten)) return this.#answer(group);
    this.#wrote(this.#pause);
    if (!this.#flushing.isToBeWaitedFor) return this.#startFlush(group);
    this.#flushed(group, this.#flushing.now());
    this.#answer(group);
  }

  #startFlush(group: readonly Operation[]): void {
    this.#held = true;
    this.#flushing.start((error) => {
      this.#steps.begin('commit');
      this.#held = false;
      this.#flushed(group, error);
      this.#answer(group);
      // Whoever has been answered goes on behind this, and meanwhile the disk works. If only bulk is left it is better done together
      // with what they ask for then.
      if (this.#turns.gathered > 0 || this.#pauses.length > 0) this.#goOn();
      else this.#schedule();
      this.#tellEnd();
    });
  }

  /** The flush behind these operations has ended, or failed. */
  #flushed(group: readonly Operation[], error: unknown): void {
    if (error) for (const operation of group) operation.error ??= this.#failed(error);
  }

  /** Runs what has its turn. */
  #round(): readonly Operation[] {
    const group: Operation[] = [];
    try {
      this.#together(() => {
        const next = this.#turns.take();
        if (next) group.push(next);
        return next;
      });
    } catch {
      for (const operation of group) this.#alone(operation);
    }
    return group;
  }

  /** Runs what `take` gives, in one transaction from the first on that writes. */
  #together(take: () => Operation | undefined): void {
    try {
      let now = this.#steps.is('commit');
      for (let operation = take(); operation; operation = take()) {
        const { name, writes, run, inPieces } = operation;
        const began = this.#steps.is(name, now);
        if (writes && !this.#undoSteps) this.#beginTransaction();
        operation.value = run();
        now = performance.now();
        this.#turns.took(operation, now - began);
        if (inPieces && 'next' in (operation.value as object)) this.#turns.unfinished(operation);
      }
      this.#steps.is('commit', now);
      if (this.#undoSteps) this.#end.run();
    } catch (error) {
      this.#undoTransaction();
      throw error;
    } finally {
      this.#undoSteps = undefined;
    }
  }

  #alone(operation: Operation): void {
    let next: Operation | undefined = operation;
    try {
      this.#together(() => {
        const taken = next;
        next = undefined;
        return taken;
      });
    } catch (cause) {
      operation.error = this.#failed(cause);
    }
  }

  #failed(cause: unknown): StorageError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const disk = this.#disk.failed(cause);
    return new StorageError(`storage failed: ${reason}`, { cause, disk });
  }

  #beginTransaction(): void {
    this.#flushing.settle();
    this.#begin.run();
    this.#undoSteps = [];
  }

  #undoTransaction(): void {
    // A failed COMMIT may have ended the transaction by itself.
    if (this.#db.isTransaction) this.#rollback.run();
    const steps = this.#undoSteps ?? [];
    this.#undoSteps = undefined;
    for (const step of steps.reverse()) step();
  }

  #answer(group: readonly Operation[]): void {
    for (const { value, error, committed } of group) if (!error) committed?.(value);
    let names = group[0]?.name ?? 'commit';
    for (const { name, value, error, resolve, reject } of group) {
      if (error) reject(error);
      else resolve(value);
      if (name !== names) names = 'answers';
    }
    // What follows is done by those who have been answered.
    this.#steps.is(names);
    if (!this.#turns.empty) this.#schedule();
  }

  #tellEnd(): void {
    if (!this.#turns.empty || this.#held) return;
    for (const resolve of this.#waitingForEnd.splice(0)) resolve();
  }
}
