import type { DatabaseSync } from 'node:sqlite';
import { skeletonOf } from '../names/skeleton.ts';

const NAMES = [
  { table: 'account', column: 'username' },
  { table: 'groups', column: 'name' },
] as const;

/** Fills in what the names of accounts and groups look like that were made before that was noted, in an open database. */
export function fillSkeletons(db: DatabaseSync): void {
  for (const { table, column } of NAMES) {
    const missing = db.prepare(`SELECT id, ${column} AS name FROM ${table} WHERE skeleton IS NULL`).all();
    if (missing.length === 0) continue;
    const fill = db.prepare(`UPDATE ${table} SET skeleton = ? WHERE id = ?`);
    db.exec('BEGIN IMMEDIATE');
    for (const { id, name } of missing) fill.run(skeletonOf(String(name)), Number(id));
    db.exec('COMMIT');
  }
}
