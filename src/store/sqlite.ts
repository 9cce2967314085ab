import type { DatabaseSync } from 'node:sqlite';
import { GroupCommit } from './group-commit.ts';
import {
  type Account,
  INBOX_UNITS,
  type Inbox,
  MESSAGE_UNITS,
  type NewAccount,
  type NewMessage,
  type Store,
  type StoredMessage,
  type StoredSession,
} from './store.ts';

type Row = Record<string, string | number>;

const toAccount = (row: Row): Account => ({
  id: Number(row.id),
  username: String(row.username),
  nama: String(row.nama),
  negara: String(row.negara),
});

/** The store on an open database (see open.ts), which it then owns. */
export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #group: GroupCommit;
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#group = new GroupCommit(db);
    this.#sql = prepare(db);
  }

  isEmpty(): Promise<boolean> {
    return this.#group.read(() => this.#sql.anyAccount.get() === undefined);
  }

  addAccounts(accounts: readonly NewAccount[]): Promise<void> {
    return this.#group.write(() => {
      for (const { username, nama, negara, passwordHash } of accounts) {
        this.#sql.addAccount.run(username, nama, negara, passwordHash);
      }
    });
  }

  credentials(username: string): Promise<{ account: Account; passwordHash: string } | undefined> {
    return this.#group.read(() => {
      const row = this.#sql.account.get(username) as Row | undefined;
      return row && { account: toAccount(row), passwordHash: String(row.password_hash) };
    });
  }

  addMessage({ sender, recipient, text, sentAt }: NewMessage): Promise<number | undefined> {
    return this.#group.write(() => {
      const to = this.#sql.accountId.get(recipient) as { id: number } | undefined;
      if (!to) return undefined;
      const id = Number(this.#sql.addMessage.run(sender.id, to.id, text, sentAt).lastInsertRowid);
      this.#sql.addCorrespondent.run(to.id, sender.id, id);
      return id;
    });
  }

  inbox(account: Account, after = 0): Promise<Inbox> {
    return this.#group.read(() => {
      const senders = this.#sql.correspondents.all(account.id) as unknown as Inbox['senders'];
      const messages: StoredMessage[] = [];
      let units = 0;
      for (const row of this.#sql.unread.iterate(account.id, after)) {
        const message = row as unknown as StoredMessage;
        units += message.text.length + MESSAGE_UNITS;
        if (messages.length > 0 && units > INBOX_UNITS) break;
        messages.push(message);
      }
      return { senders, messages };
    });
  }

  markRead(account: Account, upTo: number, readAt: number): Promise<void> {
    return this.#group.write(() => {
      this.#sql.markRead.run(readAt, account.id, upTo);
    });
  }

  sessions(): Promise<readonly StoredSession[]> {
    return this.#group.read(() =>
      (this.#sql.sessions.all() as Row[]).map((row) => ({
        id: String(row.session),
        tokenHash: String(row.token_hash),
        account: toAccount(row),
        usedAt: Number(row.used_at),
      })),
    );
  }

  addSession({ id, tokenHash, account, usedAt }: StoredSession): Promise<void> {
    return this.#group.write(() => {
      this.#sql.addSession.run(id, tokenHash, account.id, usedAt);
    });
  }

  touchSession(id: string, usedAt: number): Promise<void> {
    return this.#group.write(() => {
      this.#sql.touchSession.run(usedAt, id);
    });
  }

  endSession(id: string): Promise<void> {
    return this.#group.write(() => {
      this.#sql.endSession.run(id);
    });
  }

  close(): Promise<void> {
    // Closing a WAL database checkpoints it into the one file.
    return this.#group.read(() => undefined).then(() => this.#db.close());
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    anyAccount: sql('SELECT 1 FROM account LIMIT 1'),
    account: sql('SELECT id, username, nama, negara, password_hash FROM account WHERE username = ?'),
    accountId: sql('SELECT id FROM account WHERE username = ?'),
    addAccount: sql('INSERT INTO account (username, nama, negara, password_hash) VALUES (?, ?, ?, ?)'),
    addMessage: sql('INSERT INTO message (sender, recipient, text, sent_at) VALUES (?, ?, ?, ?)'),
    addCorrespondent: sql('INSERT OR IGNORE INTO correspondent VALUES (?, ?, ?)'),
    correspondents: sql(`SELECT username, nama FROM correspondent JOIN account ON account.id = sender
      WHERE recipient = ? ORDER BY first_message`),
    unread: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE recipient = ? AND read_at IS NULL AND message.id > ? ORDER BY message.id`),
    markRead: sql('UPDATE message SET read_at = ? WHERE recipient = ? AND read_at IS NULL AND id <= ?'),
    sessions: sql(`SELECT session.id AS session, token_hash, used_at, account.id, username, nama, negara
      FROM session JOIN account ON account.id = session.account ORDER BY number`),
    addSession: sql('INSERT INTO session (id, token_hash, account, used_at) VALUES (?, ?, ?, ?)'),
    touchSession: sql('UPDATE session SET used_at = ? WHERE id = ?'),
    endSession: sql('DELETE FROM session WHERE id = ?'),
  };
}
