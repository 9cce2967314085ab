import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../startup-error.ts';
import { migrate } from './schema.ts';

/**
 * Opens the database in `folder`, creating both when they are not there. Only their owner may read them.
 *
 * WAL with `synchronous = FULL` makes a commit survive a power cut. The lock is exclusive: sessions and
 * presence live in one process, so a second server on the same data would lose things.
 *
 * @throws StartupError when the folder or the file cannot be used.
 */
export function openDatabase(folder: string): DatabaseSync {
  const path = join(folder, 'benang.db');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw new StartupError(
      `cannot write to ${path} (${reason(error)}); make the folder writable or choose another with --data`,
      { cause: error },
    );
  }
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    migrate(db, path);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
    // A write takes the exclusive lock now, not at the first message.
    db.exec('BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error instanceof StartupError ? error : new StartupError(explain(error, path), { cause: error });
  }
}

function explain(error: unknown, path: string): string {
  const text = reason(error);
  if (/locked|busy/.test(text)) {
    return `${path} is in use by another benang; stop that one or choose another folder with --data`;
  }
  if (/not a database|malformed|corrupt/.test(text)) {
    return `${path} is not a benang database or is damaged (${text}); restore it or choose another folder with --data`;
  }
  return `cannot open ${path} (${text}); check the disk and the file's permissions, or choose another folder with --data`;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
