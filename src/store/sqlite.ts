import { Clock } from '../clock/clock.ts';
import { type Machine, ThisMachine } from '../clock/machine.ts';
import { Steps } from '../steps.ts';
import { AccountTable } from './accounts.ts';
import { ChangeTable } from './changes.ts';
import type { HeldLog } from './checkpointing.ts';
import { Cleaning, type Deleted } from './cleaning.ts';
import { ClockRows } from './clock-rows.ts';
import { SqliteConversations } from './conversation-store.ts';
import type { ConversationStore, Happening } from './conversations.ts';
import { type CopyOptions, copyDatabase } from './copy.ts';
import { Deliveries } from './deliveries.ts';
import { DiskHealth, type DiskTrouble } from './disk-health.ts';
import { GroupCommit } from './group-commit.ts';
import { GroupReading } from './group-reading.ts';
import { GroupRows } from './group-rows.ts';
import { GroupStore } from './group-store.ts';
import { GroupViews } from './group-views.ts';
import { type GroupLimits, GroupTable } from './groups.ts';
import { History } from './history.ts';
import { InboxTable } from './inboxes.ts';
import { Incarnations } from './incarnations.ts';
import { Indexing } from './indexing.ts';
import { InviteTable } from './invites.ts';
import { KeyTable } from './keys.ts';
import { MessageLog } from './message-log.ts';
import type { WritableDatabase } from './open.ts';
import { Reader } from './reader.ts';
import { Registry } from './registry.ts';
import { schemaVersion } from './schema.ts';
import { Filling, type FillingEvents } from './search/filling.ts';
import { Search } from './search/search.ts';
import { Words } from './search/words.ts';
import { SessionRows } from './session-rows.ts';
import {
  type Account,
  type AccountChange,
  type AccountEntry,
  type ChangedAccount,
  type Credentials,
  type Inbox,
  type InboxLimits,
  type NewAccount,
  type NewMessage,
  type Profile,
  StorageError,
  type Store,
  type StoredSession,
} from './store.ts';
import { BULK, OURS } from './turns.ts';

export interface SqliteStoreOptions {
  readonly inbox: InboxLimits;
  readonly groups?: GroupLimits;
  /** Called when something is stored for good, in the order in which it happened, before whoever did it learns of it. */
  readonly onHappening?: (happening: Happening) => void;
  /** Called when the disk begins to fail, and with undefined when it takes writes again. */
  readonly onDisk?: (trouble: DiskTrouble | undefined) => void;
  /** Called when the log is long because another program holds it, and with undefined when it is short again. */
  readonly onHeldLog?: (log: HeldLog | undefined) => void;
  /** Called while the words of what an older version has stored are made searchable. */
  readonly filling?: FillingEvents;
  /** Measures how long it keeps its thread. */
  readonly steps?: Steps;
  /** Tells the time. */
  readonly machine?: Machine;
}

/** How often a disk in trouble is tried again. */
const TRY_EVERY_MS = 1000;
export const ORDINARY_GROUPS: GroupLimits = { members: 10_000, groups: 200 };

/** The store on an open database (see open.ts), which it then owns. */
export class SqliteStore implements Store {
  readonly #database: WritableDatabase;
  readonly #group: GroupCommit;
  readonly #accounts: AccountTable;
  readonly #sessions: SessionRows;
  readonly #inboxes: InboxTable;
  readonly #reader: Reader;
  readonly #groups: GroupTable;
  readonly #reading: GroupReading;
  readonly #indexing: Indexing;
  readonly #filling: Filling;
  readonly #deliveries: Deliveries;
  readonly #cleaning: Cleaning;
  readonly #conversations: SqliteConversations;
  readonly clock: Clock;
  readonly groups: GroupStore;
  readonly registry: Registry;
  readonly #onHappening: (happening: Happening) => void;
  readonly #disk: DiskHealth;
  #trying: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  readonly #copies = new Set<Promise<void>>();

  constructor(
    database: WritableDatabase,
    {
      inbox,
      groups = ORDINARY_GROUPS,
      onHappening = () => {},
      onDisk = () => {},
      onHeldLog = () => {},
      filling = { onLeft: () => {}, onFailed: () => {} },
      steps = new Steps(),
      machine = new ThisMachine(),
    }: SqliteStoreOptions,
  ) {
    const { db, flush, checkpointing } = database;
    this.#database = database;
    this.#onHappening = onHappening;
    this.#disk = new DiskHealth((trouble) => {
      clearInterval(this.#trying);
      if (trouble) this.#trying = setInterval(() => this.#tryDisk(), TRY_EVERY_MS).unref();
      onDisk(trouble);
    });
    checkpointing.onHeld = onHeldLog;
    this.#group = new GroupCommit(db, flush, this.#disk, {
      wrote: (pause) => checkpointing.wrote(pause),
      steps,
    });
    this.clock = this.#openClock(new ClockRows(db), machine);
    this.#sessions = new SessionRows(db);
    const { undo } = this.#group;
    this.#accounts = new AccountTable(db, undo);
    const log = new MessageLog(db, undo);
    const words = new Words(db, log, undo);
    this.#inboxes = new InboxTable(db, log, inbox, undo);
    this.#reader = new Reader({ group: this.#group, log, inboxes: this.#inboxes, onHappening });
    const groupRows = new GroupRows(db, log);
    this.#groups = new GroupTable(db, { log, rows: groupRows }, groups, undo);
    this.#reading = new GroupReading(db, log, inbox, undo);
    this.#indexing = new Indexing(log, this.#inboxes, this.#reading, this.#group);
    this.#filling = new Filling(words, this.#group, filling);
    this.#deliveries = new Deliveries(db, this.#group);
    const keys = new KeyTable(db);
    this.#cleaning = new Cleaning(db, { words, keys, groups: groupRows, reading: this.#reading }, undo);
    this.registry = new Registry(this.#accounts, new InviteTable(db), this.clock, this.#group);
    const views = new GroupViews(db, log);
    this.groups = new GroupStore({ groups: this.#groups, views, reading: this.#reading, group: this.#group });
    this.#conversations = new SqliteConversations({
      group: this.#group,
      log,
      incarnations: new Incarnations(db),
      keys,
      accounts: this.#accounts,
      inboxes: this.#inboxes,
      reader: this.#reader,
      groups: this.#groups,
      reading: this.#reading,
      views,
      history: new History(db, log),
      changes: new ChangeTable(db, log),
      words,
      search: new Search(db, log, words),
      indexing: this.#indexing,
      filling: this.#filling,
      deliveries: this.#deliveries,
      onHappening,
    });
    for (const account of this.#sessions.withEnded()) this.#deleteEnded(account);
    for (const account of this.#groups.removedMembers()) void this.#leaveGroups(account);
  }

  get heldLog(): HeldLog | undefined {
    return this.#database.checkpointing.held;
  }

  #openClock(rows: ClockRows, machine: Machine): Clock {
    return new Clock({
      machine,
      kept: rows.read(),
      last: rows.last(),
      keep: (kept, settled) =>
        this.#group.write(
          'clock',
          OURS,
          () => rows.keep(kept, settled),
          () => rows.kept(kept),
        ),
    });
  }

  get trouble(): DiskTrouble | undefined {
    return this.#disk.trouble;
  }

  get conversations(): ConversationStore {
    return this.#conversations;
  }

  isEmpty(): Promise<boolean> {
    return this.#group.read('accounts', OURS, () => this.#accounts.isEmpty());
  }

  addAccounts(accounts: readonly NewAccount[]): Promise<void> {
    return this.#group.write('accounts', OURS, () => {
      for (const account of accounts) this.#accounts.add(account);
    });
  }

  addAccount(account: NewAccount): Promise<'added' | 'taken' | 'removed'> {
    return this.#group.write('accounts', OURS, () => {
      const state = this.#accounts.stateOf(account.username);
      if (state) return state === 'removed' ? 'removed' : 'taken';
      this.#accounts.add(account);
      return 'added';
    });
  }

  credentials(username: string): Promise<Credentials | undefined> {
    return this.#group.read('auth', OURS, () => this.#accounts.credentials(username));
  }

  async changeAccount(username: string, change: AccountChange): Promise<ChangedAccount | undefined> {
    const changed = await this.#group.write('change account', OURS, (): ChangedAccount | undefined => {
      this.#inboxes.forget(username);
      const id = this.#accounts.change(username, change);
      if (id === undefined) return undefined;
      if (!('state' in change)) return { id, sessionsEnded: this.#sessions.endAll(id) };
      if (change.state === 'enabled') return { id, sessionsEnded: 0 };
      return { id, sessionsEnded: this.#sessions.endAll(id) };
    });
    if (changed && changed.sessionsEnded > 0) this.#deleteEnded(changed.id);
    if (changed && 'state' in change && change.state === 'removed') await this.#leaveGroups(changed.id);
    return changed;
  }

  /** Takes an account that was removed out of its groups, some at a time. What is left by an end is done at the next start. */
  async #leaveGroups(account: number): Promise<void> {
    const work = {
      writes: true,
      start: undefined,
      run: () => (this.#groups.leaveSomeOf(account) ? { next: undefined } : { done: undefined }),
    };
    await this.#group.inPieces('change account', OURS, work).catch(() => {});
  }

  async changePassword({ id, account }: Pick<StoredSession, 'id' | 'account'>, from: string, to: string) {
    const changed = await this.#group.write('passwd', account.id, () => {
      const changed = this.#accounts.changePassword(account.id, from, to);
      if (changed) this.#sessions.endAll(account.id, id);
      return changed;
    });
    if (changed) this.#deleteEnded(account.id);
    return changed;
  }

  changeProfile({ id }: Account, profile: Profile): Promise<Account | undefined> {
    return this.#group.write('profile', id, () => {
      const account = this.#accounts.changeProfile(id, profile);
      if (account) this.#inboxes.rename(id, account.nama);
      return account;
    });
  }

  accounts(after: number): Promise<readonly AccountEntry[]> {
    return this.#group.read('accounts', OURS, () =>
      this.#accounts
        .list(after)
        .map((entry) => ({ ...entry, unread: entry.unread + this.#inboxes.pendingOf(entry.id) })),
    );
  }

  addMessage(message: NewMessage): ReturnType<Store['addMessage']> {
    // It refuses a group only.
    return this.#conversations.postToUser(message) as ReturnType<Store['addMessage']>;
  }

  inbox(account: Account, after = 0): Promise<Inbox> {
    return this.#group.inPieces('inbox', account.id, {
      writes: false,
      start: undefined,
      run: () => this.#inboxes.read(account, after),
    });
  }

  async markRead(account: Account, upTo: number, at: number): Promise<void> {
    await this.#reader.markRead('inbox', account, { upTo, at });
  }

  async deleteRead(account: number, readBefore: number, now: number): Promise<number> {
    await this.#indexing.now();
    while (await this.#giveUpHidden(account, readBefore, now));
    for (const hidden of [false, true]) {
      const deleted = await this.#deleteSome((from) =>
        this.#cleaning.deleteRead(account, hidden, readBefore, from),
      );
      if (deleted > 0) return deleted;
    }
    return 0;
  }

  async deleteReadIn(group: number, readBefore: number): Promise<number> {
    await this.#indexing.now();
    return this.#deleteSome((from) => this.#cleaning.deleteReadIn(group, readBefore, from));
  }

  async #deleteSome(step: (from: number) => Deleted): Promise<number> {
    for (let from: number | undefined = 0; from !== undefined; ) {
      const behind: number = from;
      const { deleted, goOn } = await this.#group.write('cleaning', BULK, () => step(behind));
      if (deleted > 0) return deleted;
      from = goOn;
    }
    return 0;
  }

  /** Whoever sent it is told as if it had been read. False when there is no more. */
  async #giveUpHidden(account: number, sentBefore: number, at: number): Promise<boolean> {
    const { senders } = await this.#group.write(
      'cleaning',
      BULK,
      () => {
        const senders = this.#inboxes.giveUpHidden(account, sentBefore, at);
        return { senders, by: senders.size > 0 ? this.#accounts.usernameOf(account) : '' };
      },
      ({ by, senders }) => {
        if (senders.size > 0) this.#onHappening({ kind: 'read', by, at, senders });
      },
    );
    return senders.size > 0;
  }

  async clearInbox(account: number): Promise<boolean> {
    await this.#indexing.now();
    return this.#group.write('cleaning', BULK, () => this.#cleaning.clearInbox(account));
  }

  async clearGroups(): Promise<boolean> {
    await this.#indexing.now();
    return this.#group.write('cleaning', BULK, () => this.#cleaning.clearGroups());
  }

  sessions(): Promise<readonly StoredSession[]> {
    interface Found {
      readonly pages: readonly StoredSession[][];
      readonly after: number;
    }
    return this.#group.inPieces<Found, readonly StoredSession[]>('sessions', OURS, {
      writes: false,
      start: { pages: [], after: 0 },
      run: ({ pages, after }) => {
        const { sessions, last } = this.#sessions.some(after);
        if (last === undefined) return { done: pages.flat() };
        return { next: { pages: [...pages, sessions], after: last } };
      },
    });
  }

  addSession(session: StoredSession, passwordHash: string): Promise<Account | undefined> {
    return this.#group.write('auth', OURS, () => this.#sessions.add(session, passwordHash));
  }

  touchSession(id: string, usedAt: number): Promise<void> {
    return this.#group.write('sessions', OURS, () => this.#sessions.touch(id, usedAt));
  }

  endSession(id: string): Promise<void> {
    return this.#group.write('logout', OURS, () => this.#sessions.end(id));
  }

  async endSessions({ id }: Account): Promise<void> {
    await this.#group.write('logout', OURS, () => void this.#sessions.endAll(id));
    this.#deleteEnded(id);
  }

  /** Deletes the rows of an account's sessions that have ended, some at a time. What is left by an end is deleted at the next start. */
  #deleteEnded(account: number): void {
    const work = {
      writes: true,
      start: undefined,
      run: () => (this.#sessions.deleteEnded(account) ? { next: undefined } : { done: undefined }),
    };
    this.#group.inPieces('sessions', OURS, work).catch(() => {});
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
      .write('disk', OURS, () => this.#database.db.exec(`PRAGMA user_version = ${schemaVersion}`))
      .then(() => this.#disk.worked())
      .catch(() => {});
  }

  async close(): Promise<void> {
    clearInterval(this.#trying);
    await this.#deliveries.write().catch(() => {});
    await this.clock.keep().catch(() => {});
    await this.#filling.stop();
    await this.#indexing.stop();
    this.#closing.abort(new StorageError('the database is being closed; try again later', { disk: false }));
    await Promise.allSettled(this.#copies);
    await this.#database.checkpointing.stop();
    // Closing a WAL database checkpoints it into the one file.
    await this.#group.idle();
    this.#database.close();
  }
}
