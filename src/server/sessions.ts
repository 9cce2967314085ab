import { hash } from 'node:crypto';
import { v4 as uuid } from 'uuid';
import type { Clock, Settled } from '../clock/clock.ts';
import type { OnlinePage, Session, SessionState, Sessions } from '../commands/command.ts';
import { inTurns } from '../in-turns.ts';
import type { Log } from '../log.ts';
import { type Account, type Profile, StorageError, type Store } from '../store/store.ts';
import type { Versions } from '../threads/versions.ts';
import { type Attachment, LiveSession } from './live-session.ts';
import { OnlineTable } from './online-table.ts';

/** The use of a session is written down this often at most; a crash forgets at most that much of it. */
const WRITE_USE_EVERY_MS = 60_000;

/** A session's last use is known this exactly. */
const LONGEST_LOAN_MS = 1000;
/** So many sessions that were idle for too long end in one step. */
const EXPIRED_AT_ONCE = 200;

export interface SessionLimits {
  /** A session ends when it is unused for so many milliseconds. */
  readonly sessionIdle: number;
  /** How many one account may have; beyond, the one that was unused for longest gives way, unless all have live connections. */
  readonly maxSessions: number;
}

/**
 * Tokens are found by their hash, which an attacker cannot choose digit by digit, so the lookup's time tells
 * nothing about any valid token.
 */
const hashToken = (token: string): string => hash('sha256', token, 'base64url');

/** Every session, in memory, with a durable copy in the store. */
export class SessionTable implements Sessions {
  readonly #store: Store;
  readonly #log: Log;
  readonly #limits: SessionLimits;
  readonly #versions: Versions;
  readonly #clock: Pick<Clock, 'stamp' | 'trusted' | 'shown'>;
  /** By token hash, in order of login. */
  readonly #sessions = new Map<string, LiveSession>();
  /** By account id, in order of login; none is empty. */
  readonly #byAccount = new Map<number, Set<LiveSession>>();
  readonly #online = new OnlineTable();
  #logins = 0;
  /** The first page, until it changes or the first one on it may have been idle for too long. */
  #firstPage: OnlinePage | undefined;
  #firstPageUntil = 0;

  private constructor(store: Store, log: Log, limits: SessionLimits, versions: Versions) {
    this.#store = store;
    this.#log = log;
    this.#limits = limits;
    this.#versions = versions;
    this.#clock = store.clock;
    this.#online.onListed = () => this.#listChanged();
  }

  /** Called when a user's first session has come online, or the last one has gone. */
  set onUser(tell: (username: string, online: boolean) => void) {
    this.#online.onUser = tell;
  }

  /** The table with what the store remembers. How long a session is unused is told by the store's clock. */
  static async load(
    store: Store,
    log: Log,
    limits: SessionLimits,
    versions: Versions,
  ): Promise<SessionTable> {
    const table = new SessionTable(store, log, limits, versions);
    await inTurns(await store.sessions(), (stored) => {
      const session = new LiveSession(stored);
      // Its first use is written down at once: whether it was used since the start counts (see Clock).
      session.writtenAt = Number.NEGATIVE_INFINITY;
      table.#add(session);
    });
    table.expire();
    return table;
  }

  #now(): number {
    return this.#clock.trusted();
  }

  /** Time has passed, of which that was not known: whatever was last used before is unused for so much longer. */
  makeOlder({ before, by }: Settled): void {
    for (const session of this.#sessions.values()) if (session.usedAt < before) session.usedAt -= by;
    this.#firstPage = undefined;
    this.expire();
  }

  async start(
    account: Account,
    passwordHash: string,
  ): Promise<{ session: Session; token: string } | 'too many sessions' | 'account has changed'> {
    if (!this.#makeRoom(account)) return 'too many sessions';
    const token = uuid();
    const now = this.#now();
    const session = new LiveSession({
      id: uuid(),
      account,
      tokenHash: hashToken(token),
      startedAt: this.#clock.stamp(),
      usedAt: now,
    });
    // Here already, though nobody knows its token yet: so endAll() finds in the table what the store will have by then.
    this.#add(session);
    let stored: Account | undefined;
    try {
      stored = await this.#store.addSession(session, passwordHash);
    } finally {
      if (!stored) this.#remove(session);
    }
    // Its profile may have been changed since the caller looked.
    if (stored) session.account = stored;
    const valid = stored && !session.ending && session.listed;
    return valid ? { session, token } : 'account has changed';
  }

  /** Ends the account's session that was unused for longest, if it has too many; false when all are in use. */
  #makeRoom({ id }: Account): boolean {
    if ((this.#byAccount.get(id)?.size ?? 0) < this.#limits.maxSessions) return true;
    const unused = this.#ofAccount(id).filter(({ connections, ending }) => connections.size === 0 && !ending);
    if (unused.length === 0) return false;
    this.#forget(unused.reduce((oldest, session) => (session.usedAt < oldest.usedAt ? session : oldest)));
    return true;
  }

  /** The token's session, which this uses; undefined when there is none or it has been idle for too long. */
  find(token: string): Session | undefined {
    const session = this.#sessions.get(hashToken(token));
    return session && this.#use(session) ? session : undefined;
  }

  /** Uses a session found earlier; false when it is not valid any more. */
  use(session: Session): boolean {
    return this.#use(session as LiveSession);
  }

  #use(session: LiveSession): boolean {
    if (session.ending || !session.listed) return false;
    const now = this.#now();
    if (now - session.usedAt > this.#limits.sessionIdle) {
      this.#forget(session);
      return false;
    }
    session.usedAt = now;
    if (now - session.writtenAt > Math.min(WRITE_USE_EVERY_MS, this.#limits.sessionIdle / 4)) {
      session.writtenAt = now;
      this.#store.touchSession(session.id, now).catch((error) => this.#report(error));
    }
    return true;
  }

  /**
   * Replies to this session may be given again without asking for so many milliseconds; until then it counts as used, and nobody
   * whom such a reply shows as online has been idle for too long.
   */
  lend(session: Session): number {
    const live = session as LiveSession;
    const now = this.#now();
    const time = Math.min(
      LONGEST_LOAN_MS,
      this.#limits.sessionIdle / 10,
      this.#firstPage ? this.#firstPageUntil - now : LONGEST_LOAN_MS,
    );
    live.usedAt = Math.max(live.usedAt, now + time);
    return Math.max(0, time);
  }

  async end(session: Session): Promise<void> {
    const live = session as LiveSession;
    live.ending = true;
    this.#changed([live]);
    try {
      await this.#store.endSession(live.id);
      this.#remove(live);
    } catch (error) {
      live.ending = false;
      this.#changed([live]);
      throw error;
    }
  }

  /**
   * Ends all sessions of a user, which `write` ends in the store: their tokens are refused at once. Resolves to what `write` does
   * and to the live connections that they had. Rejects, with the sessions valid again, when it cannot be stored.
   */
  async endAll<T>(
    username: string,
    write: () => Promise<T>,
  ): Promise<{ written: T; connections: ReadonlySet<Attachment> }> {
    const sessions = [...(this.#ofUser(username) ?? [])];
    const connections = new Set(sessions.flatMap((session) => [...session.connections]));
    const written = await this.#endTogether(sessions, write);
    return { written, connections };
  }

  async endAllOf(account: Account): Promise<void> {
    await this.#endTogether(this.#ofAccount(account.id), () => this.#store.endSessions(account));
  }

  async changePassword(
    session: Session,
    from: string,
    to: string,
  ): Promise<'changed' | 'session has ended' | 'account has changed'> {
    const live = session as LiveSession;
    if (!this.#use(live)) return 'session has ended';
    const others = this.#ofAccount(live.account.id).filter((other) => other !== live);
    const write = () => this.#store.changePassword(live, from, to);
    const changed = await this.#endTogether(others, write, (written) => written);
    return changed ? 'changed' : 'account has changed';
  }

  async changeProfile(account: Account, profile: Profile): Promise<void> {
    if (account.nama === profile.nama && account.negara === profile.negara) return;
    const changed = await this.#store.changeProfile(account, profile);
    if (!changed) return;
    for (const session of this.#ofAccount(changed.id)) session.account = changed;
    this.#listChanged();
  }

  of({ id }: Account, most = Number.POSITIVE_INFINITY, always?: Session): readonly SessionState[] {
    const now = this.#now();
    const valid = [...(this.#byAccount.get(id) ?? [])].filter((session) => this.#isValid(session, now));
    return lastUsed(valid, most, always).map((session) => ({
      session,
      startedAt: session.startedAt,
      // What is lent counts as used until its time is over. The clock may have been corrected since the start.
      usedAt: Math.max(this.#clock.shown(Math.min(session.usedAt, now)), session.startedAt ?? 0),
      connected: session.connections.size > 0,
    }));
  }

  byId({ id: account }: Account, id: string): Session | undefined {
    const now = this.#now();
    for (const session of this.#byAccount.get(account) ?? []) {
      if (session.id === id && this.#isValid(session, now)) return session;
    }
    return undefined;
  }

  #isValid({ ending, usedAt }: LiveSession, now: number): boolean {
    return !ending && usedAt >= now - this.#limits.sessionIdle;
  }

  #ofUser(username: string): ReadonlySet<LiveSession> | undefined {
    for (const sessions of this.#byAccount.values()) {
      for (const { account } of sessions) {
        if (account.username === username) return sessions;
        // All are of the same account.
        break;
      }
    }
    return undefined;
  }

  #ofAccount(id: number): LiveSession[] {
    return [...(this.#byAccount.get(id) ?? [])];
  }

  #add(session: LiveSession): void {
    session.order = ++this.#logins;
    session.listed = true;
    this.#sessions.set(session.tokenHash, session);
    const { id } = session.account;
    const others = this.#byAccount.get(id);
    if (others) others.add(session);
    else this.#byAccount.set(id, new Set([session]));
  }

  /**
   * Ends sessions, which `write` ends in the store if `ended` says so of what it resolves to: meanwhile their tokens are refused
   * already. If not, or when it rejects, they are valid again.
   */
  async #endTogether<T>(
    sessions: readonly LiveSession[],
    write: () => Promise<T>,
    ended: (written: T) => boolean = () => true,
  ): Promise<T> {
    const marked = sessions.filter(({ ending }) => !ending);
    for (const session of marked) session.ending = true;
    this.#changed(marked);
    let gone = false;
    try {
      const written = await write();
      gone = ended(written);
      if (gone) this.#removeAll(sessions);
      return written;
    } finally {
      if (!gone) {
        for (const session of marked) session.ending = false;
        this.#changed(marked);
      }
    }
  }

  /** Ends the sessions that have been idle for too long. */
  expire(): void {
    const oldest = this.#now() - this.#limits.sessionIdle;
    let ended = 0;
    for (const session of this.#sessions.values()) {
      if (session.usedAt >= oldest) continue;
      this.#forget(session);
      // When many end at once others are served in between.
      if (++ended === EXPIRED_AT_ONCE) return void setImmediate(() => this.expire());
    }
  }

  #remove(session: LiveSession): void {
    this.#removeAll([session]);
  }

  #removeAll(sessions: readonly LiveSession[]): void {
    for (const session of sessions) {
      const { id } = session.account;
      session.listed = false;
      this.#sessions.delete(session.tokenHash);
      const others = this.#byAccount.get(id);
      others?.delete(session);
      if (others?.size === 0) this.#byAccount.delete(id);
    }
    this.#changed(sessions);
    for (const session of sessions) {
      for (const connection of session.connections) connection.forget(session);
    }
  }

  /** These may be valid no longer, or again. */
  #changed(sessions: readonly LiveSession[]): void {
    for (const id of new Set(sessions.map(({ account }) => account.id))) this.#versions.accountChanged(id);
    this.#lookWhoIsOnline(sessions);
  }

  #lookWhoIsOnline(sessions: readonly LiveSession[]): void {
    const gone: LiveSession[] = [];
    for (const session of sessions) {
      const { connections, ending, listed } = session;
      const online = connections.size > 0 && !ending && listed;
      if (online === this.#online.has(session)) continue;
      if (online) this.#online.add(session);
      else gone.push(session);
    }
    this.#online.remove(gone);
  }

  #forget(session: LiveSession): void {
    this.#remove(session);
    this.#store.endSession(session.id).catch((error) => this.#report(error));
  }

  /** Notes that the session has a live connection in `connection`. */
  attach(session: Session, connection: Attachment): void {
    const { connections } = session as LiveSession;
    connections.add(connection);
    this.#lookWhoIsOnline([session as LiveSession]);
  }

  detach(session: Session, connection: Attachment): void {
    const live = session as LiveSession;
    live.connections.delete(connection);
    this.#lookWhoIsOnline([live]);
  }

  #listChanged(): void {
    this.#firstPage = undefined;
    this.#versions.presenceChanged();
  }

  online(after = 0): OnlinePage {
    const now = this.#now();
    if (after === 0 && this.#firstPage && now <= this.#firstPageUntil) return this.#firstPage;
    for (;;) {
      const page = this.#online.page(after);
      const sessions = page.sessions as readonly LiveSession[];
      const idle = sessions.filter((session) => !this.#isValid(session, now));
      if (idle.length > 0) {
        for (const session of idle) this.#forget(session);
        continue;
      }
      if (after === 0) {
        const firstUsed = sessions.reduce((first, { usedAt }) => Math.min(first, usedAt), now);
        this.#firstPage = page;
        this.#firstPageUntil = firstUsed + this.#limits.sessionIdle;
      }
      return page;
    }
  }

  #report(error: unknown): void {
    // Told once, when the trouble begins.
    if (error instanceof StorageError && error.disk) return;
    this.#log.fault('a session could not be written down', error);
  }
}

/** In the order in which they are. To sort times takes a tenth of what it would take to sort the sessions. */
function lastUsed(
  sessions: readonly LiveSession[],
  most: number,
  always: Session | undefined,
): readonly LiveSession[] {
  if (sessions.length <= most) return sessions;
  const times = Float64Array.from(sessions, ({ usedAt }) => usedAt).sort();
  const oldest = times[times.length - most]!;
  const isLater = (session: LiveSession): boolean => session.usedAt > oldest && session !== always;
  let room = most - (always ? 1 : 0) - sessions.filter(isLater).length;
  return sessions.filter(
    (session) => session === always || session.usedAt > oldest || (session.usedAt === oldest && room-- > 0),
  );
}
