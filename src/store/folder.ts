import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../startup-error.ts';
import { notOurs } from './owner.ts';

/** Whatever has this ending is of no use once the process that made it is gone. */
export const TEMPORARY = '.benang-tmp';

/*
 * Paths that SQLite gets are absolute, for one that begins with `file:` would be an address to it.
 */

export const databasePath = (folder: string): string => resolve(folder, 'benang.db');

/** Of this process: a backup may be made in the data folder itself. */
const needed = new Set<string>();

/** A path for a file that is needed for a while. */
export function temporaryPath(folder: string, name: string): string {
  const path = resolve(folder, `${name}.${randomBytes(6).toString('hex')}${TEMPORARY}`);
  needed.add(path);
  return path;
}

/** Removes what killed processes have left in a data folder. The caller holds its lock. */
export function removeTemporaries(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, made] = /^(.*\.benang-tmp)(?:-wal|-shm|-journal)?$/s.exec(name) ?? [];
    if (made !== undefined && !needed.has(resolve(folder, made))) rmSync(join(folder, name), { force: true });
  }
}

export interface Lock {
  release(): void;
}

/**
 * Takes a data folder for this process alone, and makes it when it is missing. Sessions and presence live in one process, so
 * a second server on the same data would lose things. The lock is one of SQLite's, on an empty file beside the database: so it
 * ends with the process, and holds while the database itself is replaced or cannot be read.
 *
 * @throws StartupError when another process has it or it cannot be written.
 */
export function lockFolder(folder: string): Lock {
  const path = resolve(folder, 'benang.lock');
  makeFile(path, folder);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (!isLocked(error)) throw cannotWrite(path, error);
    throw new FolderInUseError(
      `${folder} is in use by another benang; stop that one or choose another folder with --data`,
    );
  }
  const taken = lock;
  return { release: () => taken.close() };
}

/** Another process has the data folder. */
export class FolderInUseError extends StartupError {}

/** Makes an empty file that only its owner may read, unless it is there, and its folder. A link is not followed. */
export function makeFile(path: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    closeSync(openSync(path, flags, 0o600));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * SQLite would not say why it cannot open a file, and access(2) asks for whom a program was started, not for whom it acts.
 *
 * @throws StartupError when there is something at `path` that this user may not read and write.
 */
export function refuseClosed(path: string): void {
  try {
    closeSync(openSync(path, 'r+'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw cannotWrite(path, error);
  }
}

/** @throws StartupError when `path` is a folder. */
export function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StartupError(`${path} is a folder; move it away or name another`);
  }
}

/** Whether there is anything at `path`. @throws StartupError when this user may not know. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new StartupError(
      `cannot look at ${path}, which ${notOurs(path, error) ?? `is closed (${(error as Error).message}); open its folder`}`,
      { cause: error },
    );
  }
}

function cannotWrite(path: string, error: unknown): StartupError {
  const isLink = (error as NodeJS.ErrnoException).code === 'ELOOP';
  const why = isLink ? 'is a symbolic link; put the file itself there' : notOurs(path, error);
  return new StartupError(
    why
      ? `cannot write to ${path}, which ${why}`
      : `cannot write to ${path} (${(error as Error).message}); make the folder writable or choose another with --data`,
    { cause: error },
  );
}

const isLocked = (error: unknown): boolean => /locked|busy/.test((error as Error).message);

/** Makes what was written to a file, or the names in a folder, survive a power cut. */
export function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
