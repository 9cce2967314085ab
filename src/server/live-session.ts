import type { Session } from '../commands/command.ts';
import type { Account, StoredSession } from '../store/store.ts';

/** A live connection that a session is used on. */
export interface Attachment {
  /** The connection's number. */
  readonly id: number;
  /** The session has ended. */
  forget(session: Session): void;
}

/** A session in memory. */
export class LiveSession implements Session {
  readonly id: string;
  /** Another one when its profile changes. */
  account: Account;
  readonly tokenHash: string;
  readonly startedAt: number | undefined;
  /** Its place in the order of login, from 1; set when it comes into the table. */
  order = 0;
  /** The live connections that logged in to it or used its token. */
  readonly connections = new Set<Attachment>();
  usedAt: number;
  writtenAt: number;
  /** Whether it is in the table. */
  listed = false;
  /** Its end is on its way to the disk. */
  ending = false;

  constructor({ id, account, tokenHash, startedAt, usedAt }: StoredSession) {
    this.id = id;
    this.account = account;
    this.tokenHash = tokenHash;
    this.startedAt = startedAt;
    this.usedAt = usedAt;
    this.writtenAt = usedAt;
  }
}
