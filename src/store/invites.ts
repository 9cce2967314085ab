import type { DatabaseSync } from 'node:sqlite';
import { sinceGaps } from './clock-rows.ts';

/** How many invites are listed in one go. */
const INVITES_AT_ONCE = 500;
/** So many are deleted at a time: about a millisecond. */
const DELETED_AT_ONCE = 200;

/** As the clock tells it now. */
const EXPIRES_AT = sinceGaps('expires_at', 'made_at');

/** An invite without its code, which is not stored. Times are in trusted time (see Clock). */
export interface InviteRow {
  readonly id: number;
  readonly madeAt: number;
  readonly expiresAt: number;
  /** Undefined when it was not used. */
  readonly used: { readonly at: number; readonly by: string } | undefined;
}

/** The same for those who look at it. Times are milliseconds since 1970. */
export interface Invite extends InviteRow {
  readonly expired: boolean;
}

/** The invites in an open database. Each method is a step of a transaction, see GroupCommit. */
export class InviteTable {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** Deletes some of those that have expired unused; false when there are no more. */
  deleteExpired(now: number): boolean {
    return this.#sql.deleteExpired.run(now).changes > 0;
  }

  add(codeHashes: readonly string[], madeAt: number, lifetime: number): void {
    for (const codeHash of codeHashes) this.#sql.add.run(codeHash, madeAt, madeAt + lifetime);
  }

  /** Those with an id above `after`, by id: some of them, none when there are no more. */
  list(after: number): InviteRow[] {
    const rows = this.#sql.list.all(after) as unknown as (Omit<InviteRow, 'used'> & {
      usedAt: number | null;
      username: string | null;
    })[];
    return rows.map(({ usedAt, username, ...invite }) => ({
      ...invite,
      used: usedAt === null ? undefined : { at: usedAt, by: username! },
    }));
  }

  /** One that was used stays, to tell by whom. */
  revoke(id: number): 'revoked' | 'used' | 'no such invite' {
    if (this.#sql.revoke.run(id).changes === 1) return 'revoked';
    return this.#sql.byId.get(id) ? 'used' : 'no such invite';
  }

  isGood(codeHash: string, at: number): boolean {
    return this.#sql.good.get(codeHash, at) !== undefined;
  }

  /** Call it when the invite is good. `account`: the id of the one that was made with it. */
  use(codeHash: string, at: number, account: number): void {
    this.#sql.use.run(at, account, codeHash);
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    add: sql('INSERT INTO invite (code_hash, made_at, expires_at) VALUES (?, ?, ?)'),
    deleteExpired: sql(`DELETE FROM invite WHERE id IN
      (SELECT id FROM invite WHERE account IS NULL AND ${EXPIRES_AT} <= ? LIMIT ${DELETED_AT_ONCE})`),
    list: sql(`SELECT invite.id, ${sinceGaps('made_at')} AS madeAt, ${EXPIRES_AT} AS expiresAt, ${sinceGaps('used_at')} AS usedAt, username
      FROM invite LEFT JOIN account ON account.id = invite.account
      WHERE invite.id > ? ORDER BY invite.id LIMIT ${INVITES_AT_ONCE}`),
    byId: sql('SELECT 1 FROM invite WHERE id = ?'),
    revoke: sql('DELETE FROM invite WHERE id = ? AND account IS NULL'),
    good: sql(`SELECT 1 FROM invite WHERE code_hash = ? AND account IS NULL AND ${EXPIRES_AT} > ?`),
    use: sql('UPDATE invite SET used_at = ?, account = ? WHERE code_hash = ?'),
  };
}
