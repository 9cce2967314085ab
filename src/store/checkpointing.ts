import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** Busy pages are written again and again; the longer the log (16 MB), the more of that is moved into the database at once. */
export const CHECKPOINT_PAGES = 4000;
/** Counting the log's pages takes some microseconds, so it is not done behind each transaction. */
const LOOK_EVERY = 16;
/** So few pages are moved while nothing is written: that waits for the disk twice, and for little else. */
const FEW_PAGES = 1000;
const MOST_PASSES = 3;

interface Moved {
  /** Pages in the log, and how many of them are in the database too. */
  readonly log: number;
  readonly checkpointed: number;
}

/** The other thread's program: moves what is in the log when it is told true, ends when it is told false, and answers either. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
let db;
parentPort.on('message', (more) => {
  if (more) {
    try {
      if (!db) {
        db = new DatabaseSync(workerData);
        db.exec('PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON');
      }
      db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    } catch {}
    parentPort.postMessage(true);
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
 * Whatever goes wrong here, the log grows, and is tried again; from a certain length on whoever writes moves it (see open.ts).
 */
export class Checkpointing {
  readonly #path: string;
  readonly #program: string;
  readonly #look;
  #worker: { readonly thread: Worker; readonly ended: Promise<unknown> } | undefined;
  /** The thread has failed, so there will be no other one. */
  #failed = false;
  #stopped = false;
  #running = false;
  /** Called when the thread has done what it was told to. */
  #done: (() => void) | undefined;
  #writes = 0;

  /** `path`: the file of `db`. `program`: the other thread's. */
  constructor(db: DatabaseSync, path: string, program = PROGRAM) {
    this.#path = path;
    this.#program = program;
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  }

  /** To be called behind each transaction that has written. Throws nothing. */
  wrote(pause: Pause): void {
    if (this.#running || this.#failed || this.#stopped || ++this.#writes < LOOK_EVERY) return;
    this.#writes = 0;
    if (this.#unmoved() < CHECKPOINT_PAGES) return;
    this.#running = true;
    void this.#moveAll(pause).finally(() => {
      this.#running = false;
    });
  }

  /** Resolves when the other thread has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    if (!worker) return;
    worker.thread.ref();
    worker.thread.postMessage(false);
    await worker.ended;
  }

  async #moveAll(pause: Pause): Promise<void> {
    let left = CHECKPOINT_PAGES;
    for (let passes = 0; passes < MOST_PASSES && left >= FEW_PAGES && !this.#failed; passes++) {
      await this.#move();
      left = this.#unmoved();
    }
    // When so much comes meanwhile it stays in the log until the next time.
    if (left === 0 || left >= FEW_PAGES || this.#stopped) return;
    pause((done) => void this.#move().then(done));
  }

  /** Resolves when the other thread has moved what it could, which may be nothing. */
  #move(): Promise<void> {
    if (this.#failed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#done = resolve;
    try {
      this.#worker ??= this.#startThread();
      this.#worker.thread.postMessage(true);
    } catch {
      // The system gives no more threads.
      this.#giveUp();
    }
    return promise;
  }

  #startThread(): { thread: Worker; ended: Promise<unknown> } {
    const thread = new Worker(this.#program, { eval: true, workerData: this.#path, name: 'checkpoint' });
    thread.on('message', () => this.#done?.());
    thread.on('error', () => this.#giveUp());
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    void ended.then(() => this.#giveUp());
    thread.unref();
    return { thread, ended };
  }

  #giveUp(): void {
    this.#failed = true;
    this.#done?.();
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
