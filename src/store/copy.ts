import { close, fdatasync, open } from 'node:fs';
import { backup, type DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { StartupError } from '../startup-error.ts';

/**
 * Pages copied in one step. A step runs on another thread but holds the connection, so whoever uses the database meanwhile
 * waits for the rest of it: a fraction of a millisecond.
 */
const PAGES_AT_ONCE = 64;
/**
 * After so many pages the copy is flushed, aside from the steps. Otherwise all of it would be flushed within the last step,
 * which would hold the connection for seconds when the database is large.
 */
const FLUSH_EVERY_PAGES = 1024;

export interface CopyProgress {
  readonly done: number;
  /** Pages; grows when the database does. */
  readonly all: number;
}

export interface CopyOptions {
  readonly progress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies an open database into the file at `path`, which should exist and be empty, while it is being used. The copy holds
 * everything that was committed before the call, and may hold what is committed during it. It may not be flushed yet.
 *
 * Rejects with the signal's reason when that is aborted; what is in the file then is of no use.
 *
 * @throws StartupError when the one cannot be read or the other not be written.
 */
export async function copyDatabase(db: DatabaseSync, path: string, options: CopyOptions): Promise<void> {
  const { progress, signal } = options;
  let descriptor: number | undefined;
  let flushed = 0;
  let flushing = Promise.resolve();
  let idle = true;
  const flushBehind = (done: number): void => {
    if (!idle || done - flushed < FLUSH_EVERY_PAGES) return;
    flushed = done;
    idle = false;
    // When this fails the last step, which flushes too, fails as well.
    flushing = promisify(fdatasync)(descriptor!).catch(() => {});
    void flushing.then(() => {
      idle = true;
    });
  };
  try {
    descriptor = await promisify(open)(path, 'r+');
    for (;;) {
      signal?.throwIfAborted();
      const copied = await backup(db, path, {
        rate: PAGES_AT_ONCE,
        progress: ({ totalPages, remainingPages }) => {
          // Thrown from here it ends the copying.
          signal?.throwIfAborted();
          flushBehind(totalPages - remainingPages);
          progress?.({ done: totalPages - remainingPages, all: totalPages });
        },
      }).catch(neverBegun);
      if (copied > 0) return;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new StartupError(
      `cannot copy the database to ${path} (${(error as Error).message}); make room on the disk, or see what benang check says`,
      { cause: error },
    );
  } finally {
    await flushing;
    if (descriptor !== undefined) await promisify(close)(descriptor);
  }
}

/**
 * A first step that comes in the middle of a transaction of ours is put off by SQLite, and Node then rejects with error
 * code 0 (SQLITE_OK). Later steps are simply tried again.
 */
function neverBegun(error: unknown): number {
  if ((error as { errcode?: number }).errcode === 0) return 0;
  throw error;
}
