import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MOST_BLOCKED } from '../../src/store/conversation-store.ts';
import { ORDINARY_GROUPS } from '../../src/store/sqlite.ts';

/**
 * Brings into the database of a folder what clients alone could not bring together in time: `username` is in as many groups and has
 * blocked as many users as one may, and the group `group`, which has one member, has as many as it may.
 */
export function crowd(folder: string, username: string, group: string): void {
  const db = new DatabaseSync(join(folder, 'benang.db'));
  const insert = (sql: string, limit: number): void => {
    const statement = db.prepare(`INSERT INTO ${sql}`);
    statement.setAllowUnknownNamedParameters(true);
    statement.run({ limit, username, group });
  };
  const upTo = 'WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :limit)';
  const some = `SELECT id FROM account WHERE username LIKE 'crowd%' LIMIT :limit`;
  const user = '(SELECT id FROM account WHERE username = :username)';
  const { members, groups } = ORDINARY_GROUPS;
  insert(
    `account (username, nama, negara, password_hash) ${upTo} SELECT 'crowd' || n, '', '', '' FROM n`,
    Math.max(members, MOST_BLOCKED),
  );
  insert(`block SELECT ${user}, id FROM (${some})`, MOST_BLOCKED);
  insert(`groups (name) ${upTo} SELECT 'crowd' || n FROM n`, groups);
  insert(`member SELECT id, ${user}, 0, 0 FROM groups WHERE name LIKE 'crowd%' LIMIT :limit`, groups);
  insert(
    `member SELECT groups.id, crowd.id, 0, 0 FROM (${some}) AS crowd JOIN groups ON name = :group`,
    members - 1,
  );
  db.close();
}
