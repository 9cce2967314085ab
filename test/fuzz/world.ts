import { Mailbox } from './mailbox.ts';
import type { Tally } from './tally.ts';

export const PASSWORD = 'surabaya';

export interface Account {
  readonly username: string;
  readonly nama: string;
  readonly negara: string;
  readonly mailbox: Mailbox;
  readonly sessions: Session[];
  /** Logins with the right password that are not answered yet. */
  loggingIn: number;
}

/** A login. */
export interface Session {
  readonly token: string;
  readonly account: Account;
  /** No logout has been written. */
  live: boolean;
  /** When the logout's OK came; Infinity until then. */
  ended: number;
  /** How many open connections there are on which its token was written. */
  users: number;
  /** When the last of them was closed; Infinity when the server may not know of that yet. */
  left: number;
}

/** What all connections know together: who there is, what was sent, and what time it is. */
export class World {
  readonly accounts: ReadonlyMap<string, Account>;
  /** By token. */
  readonly sessions = new Map<string, Session>();
  readonly tally: Tally;
  #now = 0;

  constructor(usernames: readonly string[], tally: Tally) {
    this.tally = tally;
    const accounts = usernames.map((username, index) => {
      const account = {
        username,
        nama: `Náma "${username}" ${index}`,
        negara: `Negara ${index} 🏝`,
        sessions: [],
        loggingIn: 0,
      };
      return Object.assign(account, { mailbox: new Mailbox(account) });
    });
    this.accounts = new Map(accounts.map((account) => [account.username, account]));
  }

  /** The time: it moves on with everything that is written or received. */
  get now(): number {
    return this.#now;
  }

  tick(): void {
    this.#now++;
  }

  /** The session that a request with this token has, if it is written now. */
  liveSession(token: string): Session | undefined {
    const session = this.sessions.get(token);
    return session?.live ? session : undefined;
  }

  login(account: Account, token: string): Session {
    const session = { token, account, live: true, ended: Number.POSITIVE_INFINITY, users: 0, left: 0 };
    account.sessions.push(session);
    this.sessions.set(token, session);
    return session;
  }

  /** The server has no connection any more. */
  deserted(): void {
    for (const session of this.sessions.values()) session.left = Math.min(session.left, this.#now);
  }
}
