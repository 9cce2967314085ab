import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { askServer } from '../control/client.ts';
import { progress } from '../progress.ts';
import { type CopyProgress, copyDatabase } from '../store/copy.ts';
import { flush, temporaryPath } from '../store/folder.ts';
import { explained, openAsItIs, openFile } from '../store/open.ts';
import { runningOrStopped } from './ask.ts';
import { withTemporaryFile } from './temporary.ts';

/** Short work needs no progress. */
const SILENT_MS = 1000;

/**
 * Calls `use` with the database of a data folder while nothing changes it: a copy that the running server makes, or the
 * database itself when no server runs.
 *
 * @throws StartupError when there is none or it cannot be read.
 */
export function withDatabase<T>(
  data: string,
  use: (db: DatabaseSync, path: string) => T | Promise<T>,
): Promise<T> {
  const snapshot = temporaryPath(resolve(data), 'snapshot');
  return runningOrStopped(
    data,
    async () => {
      // Asked first, for without a server there may not even be a folder.
      await askServer(data, { command: 'status', brief: true });
      return withTemporaryFile(snapshot, async () => {
        await askServer(data, { command: 'backup', file: snapshot }, { onProgress: showCopying() });
        giveWay();
        tell('', true);
        using db = openFile(snapshot);
        return await use(db, data);
      });
    },
    async () => {
      const { db, close } = openAsItIs(data);
      try {
        return await use(db, data);
      } finally {
        close();
      }
    },
  );
}

/**
 * Copies the database of a data folder into the empty file at `path`, all in one file and flushed.
 *
 * @throws StartupError when there is none or it cannot be copied.
 */
export async function copyFolder(data: string, path: string): Promise<void> {
  await runningOrStopped(
    data,
    async () => {
      const copied = await askServer(data, { command: 'backup', file: path }, { onProgress: showCopying() });
      giveWay();
      return copied;
    },
    async () => {
      const { db, close } = openAsItIs(data);
      try {
        await copyDatabase(db, path, { progress: showCopying() });
      } finally {
        close();
      }
      return { copied: true } as const;
    },
  );
  seal(path);
  tell('', true);
}

/**
 * Makes a fresh copy of a database one that needs no WAL beside it, runs `sql` in it and flushes it.
 *
 * @throws StartupError when it is damaged.
 */
export function seal(path: string, sql = ''): void {
  explained(path, () => {
    using db = new DatabaseSync(path);
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; ${sql}`);
  });
  flush(path);
}

/** Lets the server compute first: from here on this process has time. */
export function giveWay(): void {
  setPriority(constants.priority.PRIORITY_LOW);
}

/** Shows how far the copying is when it takes longer than a moment. */
export function showCopying(): (copied: CopyProgress) => void {
  const start = performance.now();
  return ({ done, all }) => {
    if (performance.now() - start < SILENT_MS) return;
    tell(`copying the database: ${Math.floor((100 * done) / all)} %`);
  };
}

/** Says on a terminal what goes on, in one line that changes; on none nothing. */
export function tell(line: string, final = false): void {
  if (process.stderr.isTTY) progress(line, final);
}
