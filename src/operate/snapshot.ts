import { constants, setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { askServer } from '../control/client.ts';
import { progress } from '../progress.ts';
import { StartupError } from '../startup-error.ts';
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
  return runningOrStopped(
    data,
    () =>
      withServersCopy(data, async (copy) => {
        using db = openFile(copy);
        return await use(db, data);
      }),
    () => withStopped(data, (db) => use(db, data)),
  );
}

/**
 * Calls `use` with the path of a copy in the data folder itself, all in one file and flushed.
 *
 * @throws StartupError when there is no database or it cannot be copied.
 */
export function withCopy<T>(data: string, use: (path: string) => Promise<T>): Promise<T> {
  return runningOrStopped(
    data,
    () =>
      withServersCopy(data, (copy) => {
        seal(copy);
        return use(copy);
      }),
    () =>
      withStopped(data, (db) => {
        const copy = temporaryPath(data, SNAPSHOT);
        return withTemporaryFile(copy, async () => {
          await copyDatabase(db, copy, { progress: showCopying() });
          seal(copy);
          tell('', true);
          return use(copy);
        });
      }),
  );
}

const SNAPSHOT = 'snapshot';

async function withServersCopy<T>(data: string, use: (path: string) => Promise<T>): Promise<T> {
  // Asked first, for without a server there may not even be a folder.
  await askServer(data, { command: 'status', brief: true });
  const copy = temporaryPath(data, SNAPSHOT);
  return withTemporaryFile(copy, async () => {
    if (!(await serverCopies(data, copy))) {
      throw new StartupError(
        `the server cannot open files that are made in ${data} from here; run this where the server runs, as its user`,
      );
    }
    tell('', true);
    return use(copy);
  });
}

/** Whether the server could open the empty file at `path`; then the copy is in it. */
async function serverCopies(data: string, path: string): Promise<boolean> {
  const { copied } = await askServer(data, { command: 'backup', file: path }, { onProgress: showCopying() });
  giveWay();
  return copied;
}

async function withStopped<T>(data: string, use: (db: DatabaseSync) => T | Promise<T>): Promise<T> {
  const { db, close } = openAsItIs(data);
  try {
    return await use(db);
  } finally {
    close();
  }
}

/**
 * Copies the database of a data folder into the empty file at `path`, all in one file and flushed. Resolves to false when the server
 * that runs there cannot open that file: it runs as another user, or sees other folders than we do.
 *
 * @throws StartupError when there is no database or it cannot be copied.
 */
export async function copyFolder(data: string, path: string): Promise<boolean> {
  const copied = await runningOrStopped(
    data,
    () => serverCopies(data, path),
    () =>
      withStopped(data, async (db) => {
        await copyDatabase(db, path, { progress: showCopying() });
        return true;
      }),
  );
  if (copied) seal(path);
  tell('', true);
  return copied;
}

/**
 * Makes a fresh copy of a database one that needs no WAL beside it, changes it in one transaction and flushes it.
 *
 * @throws StartupError when it is damaged.
 */
export function seal(path: string, change: (db: DatabaseSync) => void = () => {}): void {
  explained(path, () => {
    using db = new DatabaseSync(path);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN');
    change(db);
    db.exec('COMMIT');
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
