import type { DatabaseSync } from 'node:sqlite';
import { toAccount } from './accounts.ts';
import { sinceGaps } from './clock-rows.ts';
import type { Account, StoredSession } from './store.ts';

type Row = Record<string, string | number>;

/** Rows of sessions that have ended are deleted so many at a time: about a millisecond. */
const DELETED_AT_ONCE = 150;
/** Sessions are read so many at a time. */
const READ_AT_ONCE = 500;

/**
 * The sessions in an open database. All of an account end at once, however many there are, by a number in the account's row: those up
 * to that number have ended. Their rows are deleted later. Each method is a step of a transaction, see GroupCommit.
 */
export class SessionRows {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** Some of them, behind the one with the number `after`, in order of login; `last` is the last one's number, undefined when there are none. */
  some(after: number): { sessions: StoredSession[]; last: number | undefined } {
    const rows = this.#sql.some.all(after) as (Row & { started_at: number | null })[];
    const sessions = rows.map((row) => ({
      id: String(row.session),
      tokenHash: String(row.token_hash),
      account: toAccount(row),
      startedAt: row.started_at ?? undefined,
      usedAt: Number(row.used_at),
    }));
    return { sessions, last: rows.at(-1)?.number as number | undefined };
  }

  /** Its account as it is now; undefined when that is not enabled or has another password: there is no session then. */
  add(session: StoredSession, passwordHash: string): Account | undefined {
    const { id, tokenHash, startedAt = null, usedAt, account } = session;
    const row = this.#sql.account.get(account.id, passwordHash) as Row | undefined;
    if (!row) return undefined;
    this.#sql.add.run(id, tokenHash, startedAt, usedAt, account.id);
    return toAccount(row);
  }

  touch(id: string, usedAt: number): void {
    this.#sql.touch.run(usedAt, id);
  }

  end(id: string): void {
    this.#sql.end.run(id);
  }

  /** All of an account, but for the one with the id `kept`. Returns how many. */
  endAll(account: number, kept = ''): number {
    const all = Number(this.#sql.count.get(account)!.count);
    this.#sql.endAll.run(account);
    // It comes behind those that have ended, as if it were the last login.
    const isKept = this.#sql.renumber.run(kept).changes;
    return all - Number(isKept);
  }

  /** The accounts whose ended sessions have rows. */
  withEnded(): number[] {
    return this.#sql.withEnded.all().map((row) => Number(row.account));
  }

  /** Deletes some rows of an account's sessions that have ended; false when there are no more. */
  deleteEnded(account: number): boolean {
    return this.#sql.deleteEnded.run(account).changes > 0;
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    some: sql(`SELECT number, session.id AS session, token_hash, started_at,
      ${sinceGaps('used_at')} AS used_at, account.id, username, nama, negara
      FROM session JOIN account ON account.id = session.account
      WHERE number > ? AND number > sessions_ended ORDER BY number LIMIT ${READ_AT_ONCE}`),
    account: sql(`SELECT id, username, nama, negara FROM account
      WHERE id = ? AND password_hash = ? AND state = 'enabled'`),
    add: sql('INSERT INTO session (id, token_hash, started_at, used_at, account) VALUES (?, ?, ?, ?, ?)'),
    touch: sql('UPDATE session SET used_at = ? WHERE id = ?'),
    end: sql('DELETE FROM session WHERE id = ?'),
    count: sql(`SELECT count(*) AS count FROM session JOIN account ON account.id = session.account
      WHERE account.id = ? AND number > sessions_ended`),
    endAll: sql(
      `UPDATE account SET sessions_ended = (SELECT coalesce(max(number), 0) FROM session) WHERE id = ?`,
    ),
    renumber: sql('UPDATE session SET number = (SELECT max(number) FROM session) + 1 WHERE id = ?'),
    withEnded: sql(`SELECT DISTINCT account FROM session JOIN account ON account.id = session.account
      WHERE number <= sessions_ended`),
    deleteEnded: sql(`DELETE FROM session WHERE number IN (SELECT number FROM session JOIN account
      ON account.id = session.account WHERE account.id = ? AND number <= sessions_ended LIMIT ${DELETED_AT_ONCE})`),
  };
}
