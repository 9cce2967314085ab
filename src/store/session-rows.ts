import type { DatabaseSync } from 'node:sqlite';
import { toAccount } from './accounts.ts';
import type { Account, StoredSession } from './store.ts';

type Row = Record<string, string | number>;

/** The sessions in an open database. Each method is a step of a transaction, see GroupCommit. */
export class SessionRows {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** In order of login. */
  all(): StoredSession[] {
    return (this.#sql.all.all() as (Row & { started_at: number | null })[]).map((row) => ({
      id: String(row.session),
      tokenHash: String(row.token_hash),
      account: toAccount(row),
      startedAt: row.started_at ?? undefined,
      usedAt: Number(row.used_at),
    }));
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

  /** All of an account, but for the one with the id `kept`. */
  endAll(account: number, kept = ''): void {
    this.#sql.endAll.run(account, kept);
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    all: sql(`SELECT session.id AS session, token_hash, started_at, used_at, account.id, username, nama, negara
      FROM session JOIN account ON account.id = session.account ORDER BY number`),
    account: sql(`SELECT id, username, nama, negara FROM account
      WHERE id = ? AND password_hash = ? AND state = 'enabled'`),
    add: sql('INSERT INTO session (id, token_hash, started_at, used_at, account) VALUES (?, ?, ?, ?, ?)'),
    touch: sql('UPDATE session SET used_at = ? WHERE id = ?'),
    end: sql('DELETE FROM session WHERE id = ?'),
    endAll: sql('DELETE FROM session WHERE account = ? AND id <> ?'),
  };
}
