import type { DatabaseSync } from 'node:sqlite';
import { DiskHealth, type DiskTrouble } from './disk-health.ts';
import { GroupCommit } from './group-commit.ts';
import { schemaVersion } from './schema.ts';
import {
  type Account,
  INBOX_UNITS,
  type Inbox,
  type InboxLimits,
  MESSAGE_UNITS,
  type NewAccount,
  type NewMessage,
  type Store,
  type StoredMessage,
  type StoredSession,
} from './store.ts';

type Row = Record<string, string | number>;

interface Recipient {
  readonly id: number;
  readonly unread: number;
  readonly bytes: number;
}

const toAccount = (row: Row): Account => ({
  id: Number(row.id),
  username: String(row.username),
  nama: String(row.nama),
  negara: String(row.negara),
});

export interface SqliteStoreOptions {
  readonly inbox: InboxLimits;
  /** Called when the disk begins to fail, and with undefined when it takes writes again. */
  readonly onDisk?: (trouble: DiskTrouble | undefined) => void;
}

/** How often a disk in trouble is tried again. */
const TRY_EVERY_MS = 1000;

/** The store on an open database (see open.ts), which it then owns. */
export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #group: GroupCommit;
  readonly #sql;
  readonly #inboxLimits: InboxLimits;
  readonly #disk: DiskHealth;
  #trying: NodeJS.Timeout | undefined;

  constructor(db: DatabaseSync, { inbox, onDisk = () => {} }: SqliteStoreOptions) {
    this.#db = db;
    this.#inboxLimits = inbox;
    this.#disk = new DiskHealth((trouble) => {
      clearInterval(this.#trying);
      if (trouble) this.#trying = setInterval(() => this.#tryDisk(), TRY_EVERY_MS).unref();
      onDisk(trouble);
    });
    this.#group = new GroupCommit(db, this.#disk);
    this.#sql = prepare(db);
  }

  get trouble(): DiskTrouble | undefined {
    return this.#disk.trouble;
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

  addMessage({ sender, recipient, text, sentAt }: NewMessage): ReturnType<Store['addMessage']> {
    return this.#group.write(() => {
      const to = this.#sql.recipient.get(recipient) as Recipient | undefined;
      if (!to) return 'no such recipient';
      const { messages, bytes } = this.#inboxLimits;
      if (to.unread >= messages || to.bytes + Buffer.byteLength(text) > bytes) return 'inbox is full';
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

  /** Writes a page, as it is: a write that has nothing to change would not touch the disk. */
  #tryDisk(): void {
    this.#group
      .write(() => this.#db.exec(`PRAGMA user_version = ${schemaVersion}`))
      .then(() => this.#disk.worked())
      .catch(() => {});
  }

  close(): Promise<void> {
    clearInterval(this.#trying);
    // Closing a WAL database checkpoints it into the one file.
    return this.#group.read(() => undefined).then(() => this.#db.close());
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    anyAccount: sql('SELECT 1 FROM account LIMIT 1'),
    account: sql('SELECT id, username, nama, negara, password_hash FROM account WHERE username = ?'),
    recipient: sql('SELECT id, unread, unread_bytes AS bytes FROM account WHERE username = ?'),
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
