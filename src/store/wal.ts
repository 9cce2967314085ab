import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';

/** Brings what has been committed to the disk. */
export interface Flush {
  /** Waits for it. @throws Error */
  now(): void;
  /** Does it in another thread, and then calls `done`, in a turn of its own. */
  start(done: (error: Error | null) => void): void;
}

/** The write-ahead log of an open database (SQLite, "Write-Ahead Logging"): a commit that is in it on the disk survives a power cut. */
export class WalFile implements Flush {
  readonly #file: number;

  /** `path`: the database's. */
  constructor(path: string) {
    this.#file = openSync(`${path}-wal`, 'r+');
  }

  now(): void {
    fdatasyncSync(this.#file);
  }

  start(done: (error: Error | null) => void): void {
    fdatasync(this.#file, done);
  }

  close(): void {
    closeSync(this.#file);
  }
}
