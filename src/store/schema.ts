import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../startup-error.ts';
import { steps } from './migrations/index.ts';

/** 'bnng': marks a file as ours (SQLite, "PRAGMA application_id"). */
const APPLICATION_ID = 0x626e6e67;

/** What `user_version` is in an open database. */
export const schemaVersion = steps.length;

const pragma = (db: DatabaseSync, name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];

/**
 * How many steps the database has taken; 0 when there is nothing in it.
 *
 * @throws StartupError when it belongs to another program or to a newer version of this one.
 * @throws Error when it is damaged, as SQLite does.
 */
export function versionOf(db: DatabaseSync, path: string): number {
  const version = Number(pragma(db, 'user_version'));
  const ours = pragma(db, 'application_id') === APPLICATION_ID;
  const blank = version === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!ours && !blank) {
    throw new StartupError(`${path} belongs to another program; name another file or folder`);
  }
  if (version < 1 && !blank) {
    throw new Error(`malformed: its version is ${version}`);
  }
  if (version > steps.length) {
    throw new StartupError(
      `${path} was written by a newer benang (database version ${version}, this one knows ${steps.length}); install that version, or name another file or folder`,
    );
  }
  return version;
}

/** Brings the database from `version` to today's schema, each step in a transaction of its own. */
export function migrate(db: DatabaseSync, version: number): void {
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${step};
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** The tables and indexes of a database of this version that are missing in `db` or differ there. */
export function schemaFaults(db: DatabaseSync, version: number): string[] {
  using model = new DatabaseSync(':memory:');
  for (const step of steps.slice(0, version)) model.exec(step);
  const schema = (of: DatabaseSync) =>
    of.prepare('SELECT name, sql FROM sqlite_schema').all() as { name: string; sql: string | null }[];
  const there = new Map(schema(db).map(({ name, sql }) => [name, sql]));
  return schema(model)
    .filter(({ name, sql }) => there.get(name) !== sql)
    .map(({ name }) => name);
}
