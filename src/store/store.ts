import type { Clock } from '../clock/clock.ts';
import type { HeldLog } from './checkpointing.ts';
import type { ConversationStore } from './conversations.ts';
import type { CopyOptions } from './copy.ts';
import type { DiskTrouble } from './disk-health.ts';
import type { GroupStore } from './group-store.ts';
import type { Registry } from './registry.ts';

/** Someone who can log in. `nama` is the full name, `negara` the country. */
export interface Account {
  readonly id: number;
  readonly username: string;
  readonly nama: string;
  readonly negara: string;
}

/** What an account tells of its owner. */
export type Profile = Pick<Account, 'nama' | 'negara'>;

/** An account as it is first written: the password is there only as a hash (see passwords.ts). */
export interface NewAccount extends Omit<Account, 'id'> {
  readonly passwordHash: string;
}

/** 'disabled': nobody can log in to it, and messages to it are kept. 'removed': it is there only as the sender of what others have. */
export type AccountState = 'enabled' | 'disabled' | 'removed';

export interface AccountEntry extends Account {
  readonly state: AccountState;
  /** Unread messages in its inbox. */
  readonly unread: number;
}

/** What makes an account's logins doubtful: each of these but 'enabled' ends all its sessions. */
export type AccountChange = { readonly passwordHash: string } | { readonly state: AccountState };

export interface ChangedAccount {
  readonly id: number;
  readonly sessionsEnded: number;
}

/** What a login needs to know of an account. */
export interface Credentials {
  readonly account: Account;
  readonly passwordHash: string;
  readonly disabled: boolean;
}

export interface NewMessage {
  readonly sender: Account;
  /** A username. */
  readonly recipient: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** How much may wait unread for one account. */
export interface InboxLimits {
  readonly messages: number;
  /** Of text, in UTF-8. */
  readonly bytes: number;
}

export interface StoredMessage {
  /** Grows with every message stored. */
  readonly id: number;
  /** A username. */
  readonly sender: string;
  readonly text: string;
}

export interface Inbox {
  /** Everyone who ever wrote to this account, in the order of their first message. */
  readonly senders: readonly { readonly username: string; readonly nama: string }[];
  /** What is unread, oldest first; a full inbox is cut (see `INBOX_UNITS`) and goes on in the next look. */
  readonly messages: readonly StoredMessage[];
  /** Up to this number all that is unread has been looked at: it is in `messages`, hidden, or not above the number that was given. */
  readonly upTo: number;
}

/**
 * How much one look into an inbox or a conversation returns at most: so many UTF-16 units of texts and full names, each message
 * counting `MESSAGE_UNITS` more, and so many messages. To read them and to make a reply of them is a step of the main thread.
 */
export const INBOX_UNITS = 128 * 1024;
export const MESSAGE_UNITS = 40;
export const INBOX_MESSAGES = 1000;

export interface StoredSession {
  /** The public id, not the token. */
  readonly id: string;
  /** SHA-256 of the token; the token itself is never stored. */
  readonly tokenHash: string;
  readonly account: Account;
  /** Milliseconds since 1970; undefined when it started before that was noted. */
  readonly startedAt: number | undefined;
  /** In trusted time (see Clock). */
  readonly usedAt: number;
}

/**
 * What the server remembers. Knows no network and no thread.
 *
 * Operations of one account take effect in the order in which they were called, and their promises settle in that order. Those of
 * different accounts do so too unless one of them takes long: then others come in between, and may see a part of what it does. What
 * the server itself does comes in the order in which it was called. A write's promise
 * resolves when the write would survive a power cut; a read never sees what is not yet that durable. Any of
 * them rejects with a `StorageError` when the disk does not do its part; the operation then had no effect, unless it was written
 * already and only its flush to the disk has failed.
 */
export interface Store {
  /** Whether there is any account at all. */
  isEmpty(): Promise<boolean>;
  /** Adds all of them or none. */
  addAccounts(accounts: readonly NewAccount[]): Promise<void>;
  /** Adds an account, unless its name is or was somebody's: a removed account's messages would be taken for the new one's. */
  addAccount(account: NewAccount): Promise<'added' | 'taken' | 'removed'>;
  /** Undefined when there is no such account, also when it was removed. */
  credentials(username: string): Promise<Credentials | undefined>;
  /**
   * Changes an account and ends its sessions, in one. Resolves to the account's id and how many ended, or undefined when there
   * is no such account. Removing it takes its password; what is in its inbox is left to `clearInbox`.
   */
  changeAccount(username: string, change: AccountChange): Promise<ChangedAccount | undefined>;
  /**
   * Gives the account of a session another password and ends its other sessions, in one. Resolves to false, and nothing is done, when
   * the account has been disabled, removed or given another password than `from`.
   */
  changePassword(session: Pick<StoredSession, 'id' | 'account'>, from: string, to: string): Promise<boolean>;
  /** Resolves to the account as it is then, or undefined when it was removed. */
  changeProfile(account: Account, profile: Profile): Promise<Account | undefined>;
  /** Accounts with an id above `after`, by id, removed ones too: some of them, none when there are no more. */
  accounts(after: number): Promise<readonly AccountEntry[]>;

  /** Kept with what is as old as it says. */
  readonly clock: Clock;
  readonly conversations: ConversationStore;
  readonly groups: GroupStore;
  /** Who registers, and the invites. */
  readonly registry: Registry;

  /** Resolves to the message's id, or to why it was not stored. */
  addMessage(message: NewMessage): Promise<number | 'no such recipient' | 'inbox is full'>;
  /** Of the messages, those with an id above `after`. */
  inbox(account: Account, after?: number): Promise<Inbox>;
  /** Marks the account's unread messages with an id of at most `upTo` as read at `readAt` (ms since 1970), hidden ones too. */
  markRead(account: Account, upTo: number, readAt: number): Promise<void>;

  /**
   * Deletes some messages of an inbox that were read before `readBefore` (ms since 1970). Resolves to how many; 0 when there are no
   * more. What is hidden and was sent before then counts as read from `now` on.
   */
  deleteRead(account: number, readBefore: number, now: number): Promise<number>;
  /** The same, of messages of a group that were noted before `readBefore` as read by all its members. */
  deleteReadIn(group: number, readBefore: number): Promise<number>;
  /** Deletes some of what is in an inbox, and in the end who wrote to it. Resolves to false when nothing was left. */
  clearInbox(account: number): Promise<boolean>;

  /** Deletes some of what was sent to groups that have ended. Resolves to false when nothing was left. */
  clearGroups(): Promise<boolean>;

  /** In order of login. */
  sessions(): Promise<readonly StoredSession[]>;
  /**
   * Resolves to its account as it is then, or to undefined when that has been disabled, removed or given another password than
   * `passwordHash`: there is no session then.
   */
  addSession(session: StoredSession, passwordHash: string): Promise<Account | undefined>;
  touchSession(id: string, usedAt: number): Promise<void>;
  endSession(id: string): Promise<void>;
  /** Ends all sessions of an account. */
  endSessions(account: Account): Promise<void>;

  /** Copies everything into the empty file at `path`, see copyDatabase(). */
  backup(path: string, options: CopyOptions): Promise<void>;

  /** Why the disk takes no writes, while it does not. Reads go on. */
  readonly trouble: DiskTrouble | undefined;
  /** Set while the log is long because another program that reads the database holds it. */
  readonly heldLog: HeldLog | undefined;
  /** Ends the backups being made, finishes what was asked for, then closes. Nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** The disk or the database failed an operation; the message is for the log, not for clients. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** Whether it was the disk, which `Store.trouble` then tells. */
  readonly disk: boolean;

  constructor(message: string, { disk, ...options }: ErrorOptions & { readonly disk: boolean }) {
    super(message, options);
    this.disk = disk;
  }
}
