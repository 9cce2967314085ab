import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** Busy pages are written again and again; the longer the log (16 MB), the more of that is moved into the database at once. */
export const CHECKPOINT_PAGES = 4000;
/** Counting the log's pages takes some microseconds, so it is not done behind each transaction. */
const LOOK_EVERY = 16;
/** So many pages the caller moves itself: some milliseconds. Or more, when the other thread does not come down to them. */
const FEW_PAGES = 1000;
const MOST_PASSES = 2;

interface Moved {
  /** Pages in the log, and how many of them are in the database too. */
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * The other thread's program: each message makes it move what is in the log, while others write to its end. A failure is told as
 * having moved nothing.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(workerData);
db.exec('PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON');
const move = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
parentPort.on('message', (more) => {
  if (more) {
    try {
      const { log, checkpointed } = move.get();
      parentPort.postMessage({ log, checkpointed });
    } catch {
      parentPort.postMessage(null);
    }
  } else {
    db.close();
    parentPort.close();
  }
});
`;

/**
 * Moves the write-ahead log into the database from another thread (SQLite, "Write-Ahead Logging"): it waits for the disk for a
 * tenth of a second, and nobody waits for it. A log begins anew only when all of it has been moved, which under load never
 * happens by itself, so the last few pages are moved in the caller's thread.
 *
 * What is committed is safe in the log or in the database at any moment, whatever is killed: a checkpoint flushes the log before it
 * writes to the database, and the database before the log begins anew.
 */
export class Checkpointing {
  readonly #path: string;
  readonly #look;
  readonly #moveRest;
  #worker: Worker | undefined;
  #running = false;
  #writes = 0;
  #passes = 0;

  /** `path`: the file of `db`. */
  constructor(db: DatabaseSync, path: string) {
    this.#path = path;
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#moveRest = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** To be called behind each transaction that has written. */
  wrote(): void {
    if (this.#running || ++this.#writes < LOOK_EVERY) return;
    this.#writes = 0;
    if (this.#unmoved() >= CHECKPOINT_PAGES) this.#start();
  }

  /** Resolves when the other thread has ended. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#running = true;
    worker.ref();
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(false);
    await ended;
  }

  #unmoved(): number {
    const { log, checkpointed } = this.#look.get() as unknown as Moved;
    return log - checkpointed;
  }

  #start(): void {
    this.#running = true;
    this.#passes++;
    this.#worker ??= this.#startThread();
    this.#worker.postMessage(true);
  }

  #startThread(): Worker {
    const worker = new Worker(PROGRAM, { eval: true, workerData: this.#path, name: 'checkpoint' });
    worker.on('message', (moved: Moved | null) => this.#moved(moved));
    worker.unref();
    return worker;
  }

  /** Comes between transactions, as every message does. */
  #moved(moved: Moved | null): void {
    this.#running = false;
    if (!moved) return;
    const left = this.#unmoved();
    if (left >= FEW_PAGES && this.#passes < MOST_PASSES) this.#start();
    else {
      this.#passes = 0;
      if (left === 0) return;
      try {
        this.#moveRest.get();
      } catch {
        // It stays in the log, and is moved the next time.
      }
    }
  }
}
