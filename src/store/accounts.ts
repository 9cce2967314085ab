import type { DatabaseSync } from 'node:sqlite';
import { skeletonOf } from '../names/skeleton.ts';
import type { Undo } from './group-commit.ts';
import type {
  Account,
  AccountChange,
  AccountEntry,
  AccountState,
  Credentials,
  NewAccount,
  Profile,
} from './store.ts';

type Row = Record<string, string | number>;

/** How many accounts are listed in one go: about a millisecond's work. */
const ACCOUNTS_AT_ONCE = 500;

export const toAccount = (row: Row): Account => ({
  id: Number(row.id),
  username: String(row.username),
  nama: String(row.nama),
  negara: String(row.negara),
});

/** The accounts in an open database. Each method is a step of a transaction, see GroupCommit. */
export class AccountTable {
  readonly #sql;
  readonly #undo: Undo;
  /** Undefined while it is not known. */
  #count: number | undefined;

  constructor(db: DatabaseSync, undo: Undo) {
    this.#sql = prepare(db);
    this.#undo = undo;
  }

  isEmpty(): boolean {
    return this.#sql.any.get() === undefined;
  }

  /** Returns its id. */
  add({ username, nama, negara, passwordHash }: NewAccount): number {
    const added = this.#sql.add.run(username, nama, negara, passwordHash, skeletonOf(username));
    this.#counted(1);
    return Number(added.lastInsertRowid);
  }

  /** How many there are; removed ones are not counted. */
  count(): number {
    if (this.#count === undefined) {
      this.#count = Number(this.#sql.count.get()!.count);
      this.#undo(() => this.#forgetCount());
    }
    return this.#count;
  }

  #counted(more: number): void {
    if (this.#count !== undefined) this.#count += more;
    this.#undo(() => this.#forgetCount());
  }

  #forgetCount(): void {
    this.#count = undefined;
  }

  /** Whether the name looks like that of an account, also of a removed one: its messages would be taken for somebody else's. */
  looksTaken(username: string): boolean {
    return this.#sql.looksTaken.get(skeletonOf(username)) !== undefined;
  }

  /** Another name, if there is one or was, that looks like this one. */
  lookAlike(username: string): string | undefined {
    return this.#sql.lookAlike.get(skeletonOf(username), username)?.username as string | undefined;
  }

  /** Undefined when there never was such an account. */
  stateOf(username: string): AccountState | undefined {
    return this.#sql.account.get(username)?.state as AccountState | undefined;
  }

  /** Undefined when there never was such an account: what a removed one has sent is still there. */
  idOf(username: string): number | undefined {
    const id = this.#sql.account.get(username)?.id;
    return id === undefined ? undefined : Number(id);
  }

  usernameOf(id: number): string {
    return String(this.#sql.byId.get(id)?.username);
  }

  /** Up to which number its messages have been handed to it. */
  delivered(id: number): number {
    return Number(this.#sql.byId.get(id)?.delivered);
  }

  credentials(username: string): Credentials | undefined {
    const row = this.#sql.account.get(username) as Row | undefined;
    if (!row || row.state === 'removed') return undefined;
    return {
      account: toAccount(row),
      passwordHash: String(row.password_hash),
      disabled: row.state === 'disabled',
    };
  }

  /** False when the account is not enabled any more or has another password than `from`. */
  changePassword(id: number, from: string, to: string): boolean {
    return this.#sql.changePassword.run(to, id, from).changes === 1;
  }

  /** The account as it is then; undefined when it was removed. */
  changeProfile(id: number, { nama, negara }: Profile): Account | undefined {
    const row = this.#sql.changeProfile.get(nama, negara, id) as Row | undefined;
    return row && toAccount(row);
  }

  /** Returns its id; undefined when there is no such account. What it means for its sessions is not done here. */
  change(username: string, change: AccountChange): number | undefined {
    const found = this.credentials(username);
    if (!found) return undefined;
    const { id } = found.account;
    if ('passwordHash' in change) this.#sql.setPassword.run(change.passwordHash, id);
    else this.#sql.setState.run(change.state, id);
    if ('state' in change && change.state === 'removed') {
      this.#sql.setPassword.run('', id);
      this.#counted(-1);
    }
    return id;
  }

  /** `unread` counts what is in the indexes (see MessageLog). */
  list(after: number): AccountEntry[] {
    const rows = this.#sql.list.all(after) as Row[];
    return rows.map((row) => ({
      ...toAccount(row),
      state: row.state as AccountState,
      unread: Number(row.unread),
    }));
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    any: sql('SELECT 1 FROM account LIMIT 1'),
    account: sql('SELECT id, username, nama, negara, password_hash, state FROM account WHERE username = ?'),
    byId: sql('SELECT username, delivered FROM account WHERE id = ?'),
    add: sql('INSERT INTO account (username, nama, negara, password_hash, skeleton) VALUES (?, ?, ?, ?, ?)'),
    // Both are told by an index alone.
    count: sql(`SELECT (SELECT count(*) FROM account)
      - (SELECT count(*) FROM account WHERE state = 'removed') AS count`),
    lookAlike: sql('SELECT username FROM account WHERE skeleton = ? AND username <> ? LIMIT 1'),
    looksTaken: sql('SELECT 1 FROM account WHERE skeleton = ?'),
    setPassword: sql('UPDATE account SET password_hash = ? WHERE id = ?'),
    changePassword: sql(
      `UPDATE account SET password_hash = ? WHERE id = ? AND password_hash = ? AND state = 'enabled'`,
    ),
    changeProfile: sql(`UPDATE account SET nama = ?, negara = ? WHERE id = ? AND state <> 'removed'
      RETURNING id, username, nama, negara`),
    setState: sql('UPDATE account SET state = ? WHERE id = ?'),
    list: sql(`SELECT id, username, nama, negara, state,
      unread
      FROM account WHERE id > ? ORDER BY id LIMIT ${ACCOUNTS_AT_ONCE}`),
  };
}
