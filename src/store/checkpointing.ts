import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** Busy pages are written again and again; the longer the log (16 MB), the more of that is moved into the database at once. */
export const CHECKPOINT_PAGES = 4000;
/** Beyond this the log is moved into the database by whoever writes to it, should nobody else have done it. */
export const LONGEST_LOG_PAGES = 10 * CHECKPOINT_PAGES;
/** A log that is as long as this and cannot begin anew is spoken of, and given back to the system when it can. */
export const HELD_LOG_PAGES = 4 * CHECKPOINT_PAGES;
/** Counting the log's pages takes some microseconds, so it is not done behind each transaction. */
const LOOK_EVERY = 16;
/** So few pages are moved while nothing is written: that waits for the disk twice, and for little else. */
const FEW_PAGES = 1000;
const MOST_PASSES = 3;
const LOOK_AGAIN_MS = 1000;
/** What keeps a thread from being started, such as too many open files, may be over by then. */
const REST_MS = 60_000;

interface Moved {
  /** Pages in the log, and how many of them are in the database too. */
  readonly log: number;
  readonly checkpointed: number;
}

/** A log that another program holds: it has begun to read the database and has not ended. */
export interface HeldLog {
  readonly bytes: number;
  /** Milliseconds. */
  readonly heldFor: number;
}

/**
 * The other thread's program: moves what is in the log, and with TRUNCATE cuts it, and answers what SQLite says to it or, when it could
 * not, with null; ends when it is told null.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
let db;
parentPort.on('message', (mode) => {
  if (mode) {
    let moved = null;
    try {
      if (!db) {
        db = new DatabaseSync(workerData);
        db.exec('PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON');
      }
      moved = { ...db.prepare('PRAGMA wal_checkpoint(' + mode + ')').get() };
    } catch {}
    parentPort.postMessage(moved);
  } else {
    db?.close();
    parentPort.close();
  }
});
`;

/** Does `work`, which calls `done` when it has ended, while nothing is written (see GroupCommit). */
export type Pause = (work: (done: () => void) => void) => void;

/**
 * Moves the write-ahead log into the database from another thread (SQLite, "Write-Ahead Logging"): it waits for the disk for a
 * tenth of a second, and the main thread does not. A log begins anew only when all of it has been moved, which under load never
 * happens by itself, so for the last few pages writing pauses.
 *
 * What is committed is safe in the log or in the database at any moment, whatever is killed: a checkpoint flushes the log before it
 * writes to the database, and the database before the log begins anew.
 *
 * Whatever goes wrong here, the log grows, and is tried again; from a certain length on whoever writes moves it.
 *
 * A program that has begun to read the database and does not end holds the log: what is newer than it may not be moved, so the log
 * grows with all that is written, and only the disk bounds it. SQLite cannot be told otherwise. Then it is looked at now and again,
 * and nobody who writes moves it, for when that program ends there may be gigabytes to move. Behind that the log is cut, in a pause.
 */
export class Checkpointing {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #program: string;
  readonly #look;
  #worker: { readonly thread: Worker; readonly ended: Promise<unknown> } | undefined;
  readonly #rest: number;
  /** The thread has failed, so there will be no other one before (as performance.now() tells it). */
  #restUntil = 0;
  #stopped = false;
  #running = false;
  /** Called when the thread has done what it was told to. */
  #done: ((moved: Moved | null) => void) | undefined;
  #writes = 0;
  #pause: Pause | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Since when the log is held (performance.now()). */
  #heldSince: number | undefined;
  #told = false;
  /** Called when a held log is long, and with undefined when it is short again. */
  onHeld: (log: HeldLog | undefined) => void = () => {};

  /** `path`: the file of `db`. `program`: the other thread's. `rest`: until another one is started when it has failed (ms). */
  constructor(db: DatabaseSync, path: string, program = PROGRAM, rest = REST_MS) {
    this.#db = db;
    this.#rest = rest;
    this.#path = path;
    this.#program = program;
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#letWritersMove(true);
  }

  /** The log, while it is long because it is held, or has been and was not cut yet. */
  get held(): HeldLog | undefined {
    if (!this.#told) return undefined;
    return { bytes: this.#bytes(), heldFor: performance.now() - (this.#heldSince ?? performance.now()) };
  }

  /** To be called behind each transaction that has written. Throws nothing. */
  wrote(pause: Pause): void {
    this.#pause = pause;
    if (this.#running || this.#timer || this.#failed || this.#stopped || ++this.#writes < LOOK_EVERY) return;
    this.#writes = 0;
    if (this.#unmoved() >= CHECKPOINT_PAGES) this.#run();
  }

  /** Resolves when the other thread has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (!worker) return;
    worker.thread.ref();
    worker.thread.postMessage(null);
    await worker.ended;
  }

  #run(): void {
    this.#running = true;
    void this.#moveAll(this.#pause!).finally(() => {
      this.#running = false;
      if ((this.#heldSince !== undefined || this.#told) && !this.#stopped && !this.#failed) this.#runLater();
    });
  }

  #runLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#run();
    }, LOOK_AGAIN_MS).unref();
  }

  async #moveAll(pause: Pause): Promise<void> {
    let left = CHECKPOINT_PAGES;
    for (let passes = 0; passes < MOST_PASSES && left >= FEW_PAGES && !this.#failed; passes++) {
      const moved = await this.#tell('PASSIVE');
      if (moved) this.#note(moved);
      if (this.#heldSince !== undefined) return;
      left = this.#unmoved();
    }
    // When so much comes meanwhile it stays in the log until the next time.
    if (left >= FEW_PAGES || this.#stopped) return;
    if (this.#told) pause((done) => void this.#cut().then(done));
    else if (left > 0) pause((done) => void this.#tell('PASSIVE').then(done));
  }

  /** Nobody writes meanwhile. */
  async #cut(): Promise<void> {
    await this.#tell('TRUNCATE');
    if (this.#bytes() > 0) return;
    this.#told = false;
    this.onHeld(undefined);
  }

  /** What is left behind a pass that nobody had to wait for is held by somebody who reads. */
  #note({ log, checkpointed }: Moved): void {
    // Nothing was learned: somebody else moves the log now.
    if (log < 0) return;
    const held = checkpointed < log;
    if (held !== (this.#heldSince !== undefined)) {
      this.#heldSince = held ? performance.now() : undefined;
      this.#letWritersMove(!held);
    }
    if (!held || this.#told || log < HELD_LOG_PAGES) return;
    this.#told = true;
    this.onHeld(this.held);
  }

  #letWritersMove(allowed: boolean): void {
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${allowed ? LONGEST_LOG_PAGES : 0}`);
  }

  /** Resolves, when the other thread has moved what it could, to how much that is; to null when it could not. */
  #tell(mode: 'PASSIVE' | 'TRUNCATE'): Promise<Moved | null> {
    if (this.#failed) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<Moved | null>();
    this.#done = resolve;
    try {
      this.#worker ??= this.#startThread();
      // Whoever closes the database waits for what it has begun, and nothing else may keep the process alive then.
      this.#worker.thread.ref();
      this.#worker.thread.postMessage(mode);
    } catch {
      // The system gives no more threads.
      this.#giveUp();
    }
    return promise;
  }

  #startThread(): { thread: Worker; ended: Promise<unknown> } {
    const thread = new Worker(this.#program, { eval: true, workerData: this.#path, name: 'checkpoint' });
    thread.on('message', (moved: Moved | null) => {
      if (!this.#stopped) thread.unref();
      this.#done?.(moved);
    });
    thread.on('error', () => this.#giveUp());
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    void ended.then(() => {
      this.#worker = undefined;
      this.#giveUp();
    });
    thread.unref();
    return { thread, ended };
  }

  get #failed(): boolean {
    return performance.now() < this.#restUntil;
  }

  #giveUp(): void {
    if (!this.#failed && !this.#stopped) this.#letWritersMove(true);
    this.#restUntil = performance.now() + this.#rest;
    this.#done?.(null);
  }

  #bytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** How many pages of the log are not in the database too. */
  #unmoved(): number {
    try {
      const { log, checkpointed } = this.#look.get() as unknown as Moved;
      return log - checkpointed;
    } catch {
      return 0;
    }
  }
}
