import type { DatabaseSync } from 'node:sqlite';
import { AccountTable, toAccount } from './accounts.ts';
import { Cleaning } from './cleaning.ts';
import { type CopyOptions, copyDatabase } from './copy.ts';
import { DiskHealth, type DiskTrouble } from './disk-health.ts';
import { GroupCommit } from './group-commit.ts';
import type { OpenDatabase } from './open.ts';
import { schemaVersion } from './schema.ts';
import {
  type Account,
  type AccountChange,
  type AccountEntry,
  type ChangedAccount,
  type Credentials,
  INBOX_UNITS,
  type Inbox,
  type InboxLimits,
  MESSAGE_UNITS,
  type NewAccount,
  type NewMessage,
  StorageError,
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

export interface SqliteStoreOptions {
  readonly inbox: InboxLimits;
  /** Called with the recipient's id when a message is stored for good, before its sender learns of it. */
  readonly onMessage?: (account: number) => void;
  /** Called when the disk begins to fail, and with undefined when it takes writes again. */
  readonly onDisk?: (trouble: DiskTrouble | undefined) => void;
}

/** How often a disk in trouble is tried again. */
const TRY_EVERY_MS = 1000;

/** The store on an open database (see open.ts), which it then owns. */
export class SqliteStore implements Store {
  readonly #database: OpenDatabase;
  readonly #group: GroupCommit;
  readonly #sql;
  readonly #accounts: AccountTable;
  readonly #cleaning: Cleaning;
  readonly #inboxLimits: InboxLimits;
  readonly #onMessage: (account: number) => void;
  readonly #disk: DiskHealth;
  #trying: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  readonly #copies = new Set<Promise<void>>();

  constructor(
    database: OpenDatabase,
    { inbox, onMessage = () => {}, onDisk = () => {} }: SqliteStoreOptions,
  ) {
    const { db } = database;
    this.#database = database;
    this.#inboxLimits = inbox;
    this.#onMessage = onMessage;
    this.#disk = new DiskHealth((trouble) => {
      clearInterval(this.#trying);
      if (trouble) this.#trying = setInterval(() => this.#tryDisk(), TRY_EVERY_MS).unref();
      onDisk(trouble);
    });
    this.#group = new GroupCommit(db, this.#disk);
    this.#sql = prepare(db);
    this.#accounts = new AccountTable(db);
    this.#cleaning = new Cleaning(db);
  }

  get trouble(): DiskTrouble | undefined {
    return this.#disk.trouble;
  }

  isEmpty(): Promise<boolean> {
    return this.#group.read(() => this.#accounts.isEmpty());
  }

  addAccounts(accounts: readonly NewAccount[]): Promise<void> {
    return this.#group.write(() => {
      for (const account of accounts) this.#accounts.add(account);
    });
  }

  addAccount(account: NewAccount): Promise<'added' | 'taken' | 'removed'> {
    return this.#group.write(() => {
      const state = this.#accounts.stateOf(account.username);
      if (state) return state === 'removed' ? 'removed' : 'taken';
      this.#accounts.add(account);
      return 'added';
    });
  }

  credentials(username: string): Promise<Credentials | undefined> {
    return this.#group.read(() => this.#accounts.credentials(username));
  }

  changeAccount(username: string, change: AccountChange): Promise<ChangedAccount | undefined> {
    return this.#group.write(() => this.#accounts.change(username, change));
  }

  accounts(after: number): Promise<readonly AccountEntry[]> {
    return this.#group.read(() => this.#accounts.list(after));
  }

  async addMessage({ sender, recipient, text, sentAt }: NewMessage): ReturnType<Store['addMessage']> {
    let to: Recipient | undefined;
    const stored = await this.#group.write(() => {
      to = this.#sql.recipient.get(recipient) as Recipient | undefined;
      if (!to) return 'no such recipient';
      const { messages, bytes } = this.#inboxLimits;
      if (to.unread >= messages || to.bytes + Buffer.byteLength(text) > bytes) return 'inbox is full';
      const id = Number(this.#sql.addMessage.run(sender.id, to.id, text, sentAt).lastInsertRowid);
      this.#sql.addCorrespondent.run(to.id, sender.id, id);
      return id;
    });
    if (to) this.#onMessage(to.id);
    return stored;
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

  deleteRead(account: number, readBefore: number): Promise<number> {
    return this.#group.write(() => this.#cleaning.deleteRead(account, readBefore));
  }

  clearInbox(account: number): Promise<boolean> {
    return this.#group.write(() => this.#cleaning.clearInbox(account));
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

  addSession({ id, tokenHash, account, usedAt }: StoredSession, passwordHash: string): Promise<boolean> {
    return this.#group.write(
      () => this.#sql.addSession.run(id, tokenHash, usedAt, account.id, passwordHash).changes === 1,
    );
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

  backup(path: string, { progress, signal }: CopyOptions): Promise<void> {
    const ended = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])]);
    const copying = copyDatabase(this.#database.db, path, {
      ...(progress ? { progress } : {}),
      signal: ended,
    });
    this.#copies.add(copying);
    return copying.finally(() => this.#copies.delete(copying));
  }

  /** Writes a page, as it is: a write that has nothing to change would not touch the disk. */
  #tryDisk(): void {
    this.#group
      .write(() => this.#database.db.exec(`PRAGMA user_version = ${schemaVersion}`))
      .then(() => this.#disk.worked())
      .catch(() => {});
  }

  async close(): Promise<void> {
    clearInterval(this.#trying);
    this.#closing.abort(new StorageError('the database is being closed; try again later', { disk: false }));
    await Promise.allSettled(this.#copies);
    // Closing a WAL database checkpoints it into the one file.
    await this.#group.read(() => undefined).then(() => this.#database.close());
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    recipient: sql(`SELECT id, unread, unread_bytes AS bytes FROM account
      WHERE username = ? AND state <> 'removed'`),
    addMessage: sql('INSERT INTO message (sender, recipient, text, sent_at) VALUES (?, ?, ?, ?)'),
    addCorrespondent: sql('INSERT OR IGNORE INTO correspondent VALUES (?, ?, ?)'),
    correspondents: sql(`SELECT username, nama FROM correspondent JOIN account ON account.id = sender
      WHERE recipient = ? ORDER BY first_message`),
    unread: sql(`SELECT message.id, username AS sender, text FROM message JOIN account ON account.id = sender
      WHERE recipient = ? AND read_at IS NULL AND message.id > ? ORDER BY message.id`),
    markRead: sql('UPDATE message SET read_at = ? WHERE recipient = ? AND read_at IS NULL AND id <= ?'),
    sessions: sql(`SELECT session.id AS session, token_hash, used_at, account.id, username, nama, negara
      FROM session JOIN account ON account.id = session.account ORDER BY number`),
    addSession: sql(`INSERT INTO session (id, token_hash, used_at, account)
      SELECT ?, ?, ?, id FROM account WHERE id = ? AND password_hash = ? AND state = 'enabled'`),
    touchSession: sql('UPDATE session SET used_at = ? WHERE id = ?'),
    endSession: sql('DELETE FROM session WHERE id = ?'),
  };
}
