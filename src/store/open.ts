import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StartupError } from '../startup-error.ts';
import { Checkpointing } from './checkpointing.ts';
import { databasePath, isThere, lockFolder, makeFile, refuseClosed, refuseFolder } from './folder.ts';
import { beginIncarnation } from './incarnations.ts';
import { notOurs } from './owner.ts';
import { finishReplacing, pendingPath } from './replace.ts';
import { migrate, schemaFaults, schemaVersion, versionOf } from './schema.ts';
import { fillSkeletons } from './skeletons.ts';
import { type Flush, WalFile } from './wal.ts';

/**
 * Up to this size a database is looked through when it is opened: about 2 s for so much from a cold disk, 0.2 s from memory. Of
 * a larger one only the tables without which nobody can log in; benang check does the rest.
 */
const LOOKED_THROUGH_BYTES = 64 * 1024 * 1024;

const RESTORE = 'restore a backup with benang restore, or choose another folder with --data';
const ANOTHER = 'use another backup';

/** The database of a data folder that this process has taken for itself. */
export interface OpenDatabase {
  readonly db: DatabaseSync;
  /** Closes it and gives the folder back. */
  close(): void;
}

/** One that is written to: a commit is durable once it has been flushed. */
export interface WritableDatabase extends OpenDatabase {
  readonly flush: Flush;
  readonly checkpointing: Checkpointing;
}

/**
 * Opens the database in `folder`, creating both when they are not there, and brings it to today's version. Only their owner
 * may read them.
 *
 * In WAL mode with `synchronous = NORMAL` a commit is written without waiting for the disk; whoever answers for it flushes (see
 * GroupCommit). What is deleted is overwritten, so that a removed account's messages are not in the file any more. What a
 * statement would undo itself with stays in memory: the system's folder for temporary files may be full, and is no place for messages.
 *
 * @throws StartupError when the folder or the file cannot be used, or the database is damaged.
 */
export function openDatabase(folder: string): WritableDatabase {
  const database = open(folder, 'NORMAL', (db, path) => {
    const version = versionOf(db, path);
    if (version > 0) lookThrough(db, path, version);
    // Before a step takes anything away.
    db.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY');
    migrate(db, version);
    fillSkeletons(db);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
    // A write shows now, not at the first message, whether the database can be written. It is in FULL, which makes the new files
    // durable too.
    db.exec(`PRAGMA user_version = ${schemaVersion}`);
    beginIncarnation(db);
    db.exec('PRAGMA synchronous = NORMAL');
  });
  try {
    const wal = explained(databasePath(folder), () => new WalFile(databasePath(folder)));
    const close = (): void => {
      database.close();
      wal.close();
    };
    const checkpointing = new Checkpointing(database.db, databasePath(folder));
    return { db: database.db, flush: wal, checkpointing, close };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the database in `folder` to be read only: it stays as it is, of an older version or damaged.
 *
 * @throws StartupError when there is none, it is in use, or it cannot even be opened.
 */
export function openAsItIs(folder: string): OpenDatabase {
  if (!hasDatabase(folder)) {
    throw new StartupError(`there is no database in ${folder}; name the server's folder with --data`);
  }
  return open(folder, 'EXCLUSIVE', (db, path) => void versionOf(db, path));
}

/**
 * Whether there is a database in `folder`, or one that a restore has not yet put there.
 *
 * @throws StartupError when this user may not know.
 */
export const hasDatabase = (folder: string): boolean =>
  isThere(databasePath(folder)) || isThere(pendingPath(folder));

/**
 * Opens a database file that nobody writes to, such as a backup, to be read only.
 *
 * @throws StartupError when it cannot be read or is not one of ours.
 */
export function openFile(path: string): DatabaseSync {
  const open = (): DatabaseSync => {
    refuseFolder(path);
    refuseUnreadable(path);
    // Without a WAL beside it the file is all there is, and nothing is then written beside it either.
    const url = pathToFileURL(path);
    if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
    const db = new DatabaseSync(url, { readOnly: true, timeout: 0 });
    try {
      if (versionOf(db, path) === 0) throw new StartupError(`${path} is empty; name a backup`);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  };
  return explained(path, open, ANOTHER);
}

/** SQLite would not say why it cannot open it. */
function refuseUnreadable(path: string): void {
  try {
    closeSync(openSync(path, 'r'));
  } catch (error) {
    const whose = notOurs(path, error);
    if (whose) throw new StartupError(`cannot read ${path}, which ${whose}`, { cause: error });
  }
}

function open(
  folder: string,
  mode: 'NORMAL' | 'EXCLUSIVE',
  prepare: (db: DatabaseSync, path: string) => void,
): OpenDatabase {
  const path = databasePath(folder);
  const lock = lockFolder(folder);
  try {
    return explained(path, () => {
      finishReplacing(folder);
      refuseFolder(path);
      makeFile(path, folder);
      for (const companion of ['', '-wal', '-shm', '-journal']) refuseClosed(`${path}${companion}`);
      if (statSync(path).size === 0 && sizeOf(`${path}-wal`) > 0) {
        // SQLite would take it for a new database and throw the WAL away.
        throw new StartupError(`${path} is damaged (it is empty); ${RESTORE}`);
      }
      const db = new DatabaseSync(path, { timeout: 0 });
      try {
        db.exec(`PRAGMA locking_mode = ${mode}`);
        prepare(db, path);
      } catch (error) {
        db.close();
        throw error;
      }
      return {
        db,
        close: () => {
          db.close();
          lock.release();
        },
      };
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @throws StartupError when the schema is not ours or what is looked at is damaged. */
function lookThrough(db: DatabaseSync, path: string, version: number): void {
  const damaged = (what: string) => new StartupError(`${path} is damaged (${what}); ${RESTORE}`);
  const faults = schemaFaults(db, version);
  if (faults.length > 0) throw damaged(`its schema is not ours at ${faults.join(', ')}`);
  const size = statSync(path).size;
  const checks = ['integrity_check(account)', 'integrity_check(session)', 'quick_check(correspondent)'];
  if (size <= LOOKED_THROUGH_BYTES) checks.push('quick_check');
  for (const check of checks) {
    const [first] = db.prepare(`PRAGMA ${check}`).all();
    const found = String(Object.values(first ?? {})[0]);
    if (found !== 'ok') throw damaged(oneLine(found));
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Does `use` with the database at `path`, and says in one sentence what SQLite or the system had against it and, when the
 * database is damaged, `advice`.
 *
 * @throws StartupError
 */
export function explained<T>(path: string, use: () => T, advice = RESTORE): T {
  try {
    return use();
  } catch (error) {
    throw explain(error, path, advice);
  }
}

/** What SQLite or the system had against the database at `path`, in one sentence. */
export function explain(error: unknown, path: string, advice = RESTORE): StartupError {
  if (error instanceof StartupError) return error;
  return new StartupError(describe(error, path, advice), { cause: error });
}

function describe(error: unknown, path: string, advice: string): string {
  const text = oneLine(error instanceof Error ? error.message : String(error));
  if (/locked|busy/.test(text)) {
    return `${path} is in use by another program; end that one and try again`;
  }
  if (/not a database|malformed|corrupt/.test(text)) {
    return `${path} is not a benang database or is damaged (${text}); ${advice}`;
  }
  return `cannot use ${path} (${text}); check the disk and the file's permissions`;
}

/** SQLite quotes what it found in the file, which may be anything and long. */
const oneLine = (text: string): string => truncate(text.replaceAll(/[\s\p{C}]+/gu, ' '));

const LONGEST_QUOTE = 200;
const truncate = (text: string): string =>
  text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
