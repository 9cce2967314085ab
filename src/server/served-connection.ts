import type { Caller, Session } from '../commands/command.ts';
import type { Account, Store } from '../store/store.ts';
import type { ThreadRequest } from '../threads/messages.ts';
import type { Version } from '../threads/versions.ts';
import type { Attachment, SessionTable } from './sessions.ts';

/** Messages that a reply carried, while it is not known whether the client has it. */
interface Delivery {
  /** The reply's number on its connection, from 1. */
  readonly reply: number;
  readonly account: Account;
  /** The id of the last message. */
  readonly upTo: number;
}

/** One for all: a connection that is idle should hold little. */
const NONE: readonly never[] = [];

/** What the main thread knows of one connection: who is logged in, and what may have been received. */
export class ServedConnection implements Attachment {
  readonly id: number;
  readonly peer: string;
  /** Set while a slow or exclusive request runs: the requests that wait behind it. */
  waiting: ThreadRequest[] | undefined;
  /** When the last request came, in milliseconds as `performance.now()` tells them. */
  askedAt = performance.now();
  /** Since when nobody is logged in here; undefined while somebody is. */
  #strangerSince: number | undefined = this.askedAt;
  #requests = 0;
  #open = true;
  #login: Session | undefined;
  #known: { readonly token: string; readonly session: Session } | undefined;
  readonly #sessions: SessionTable;
  /** Few: one for each token that was used here. */
  #attached: readonly Session[] = NONE;
  readonly #deliveries: Delivery[] = [];
  /** By account id, the last message that a reply on this connection carried. Undefined before there is one: most are idle. */
  #carried: Map<number, number> | undefined;

  constructor(id: number, peer: string, sessions: SessionTable) {
    this.id = id;
    this.peer = peer;
    this.#sessions = sessions;
  }

  /** The client's, without its port. */
  get address(): string {
    return this.peer.slice(0, this.peer.lastIndexOf(':'));
  }

  get open(): boolean {
    return this.#open;
  }

  /** The session of the last login here, while it is valid. */
  get session(): Session | undefined {
    if (this.#login && !this.#sessions.use(this.#login)) this.#login = undefined;
    return this.#login;
  }

  /**
   * The session of a token that was used here; it counts as present then. The last token that was right is remembered, and compared
   * as it is: how long that takes tells a client about a token that it knows already.
   */
  sessionOf(token: string): Session | undefined {
    const known = this.#known;
    if (known?.token === token && this.#sessions.use(known.session)) return known.session;
    const session = this.#sessions.find(token);
    this.#known = session && { token, session };
    if (session) this.attach(session);
    return session;
  }

  get strangerSince(): number | undefined {
    return this.#strangerSince;
  }

  /** Of the last login. */
  get username(): string | undefined {
    return this.#login?.account.username;
  }

  /** For the log: the client's address, and the user and session of the last login. */
  describe(): string {
    return this.#login
      ? `${this.peer}, ${this.#login.account.username}, session ${this.#login.id}`
      : this.peer;
  }

  /** Counts the session as present for as long as this connection lives. */
  attach(session: Session): void {
    if (!this.#open || this.#attached.includes(session)) return;
    this.#attached = [...this.#attached, session];
    this.#strangerSince = undefined;
    this.#sessions.attach(session, this);
  }

  login(session: Session): void {
    this.#login = session;
    this.attach(session);
  }

  /** Call it once for every request that has a reply, in the order in which they were made. */
  nextRequest(): ServedRequest {
    this.askedAt = performance.now();
    return new ServedRequest(this, ++this.#requests);
  }

  carried(account: Account): number {
    return this.#carried?.get(account.id) ?? 0;
  }

  deliver(reply: number, account: Account, upTo: number): void {
    this.#carried ??= new Map();
    this.#carried.set(account.id, upTo);
    this.#deliveries.push({ reply, account, upTo });
  }

  /**
   * Marks as read what the first `replies` replies carried. All of an account's unread messages up to a delivery's
   * last one were in that reply or in an earlier one on this connection, so none is marked that was not shown.
   * Undefined when there is nothing to mark; else resolves when that is durable.
   */
  received(
    replies: number,
    store: Store,
    now: number,
    report: (error: unknown) => void,
  ): Promise<unknown> | undefined {
    if (!this.#deliveries[0] || this.#deliveries[0].reply > replies) return undefined;
    const marks: Promise<void>[] = [];
    while (this.#deliveries[0] && this.#deliveries[0].reply <= replies) {
      const delivery = this.#deliveries.shift()!;
      const mark = store.markRead(delivery.account, delivery.upTo, now);
      marks.push(
        mark.catch((error) => {
          // The next request tries again; if none comes the messages stay unread: twice is better than never.
          this.#deliveries.unshift(delivery);
          report(error);
        }),
      );
    }
    return Promise.all(marks);
  }

  /** The session has ended. */
  forget(session: Session): void {
    this.#attached = this.#attached.filter((other) => other !== session);
    if (this.#attached.length === 0) this.#strangerSince = performance.now();
    if (this.#login === session) this.#login = undefined;
    if (this.#known?.session === session) this.#known = undefined;
  }

  /** The connection is gone. What has not been received stays unread. */
  close(): void {
    this.#open = false;
    this.#login = undefined;
    for (const session of this.#attached) this.#sessions.detach(session, this);
    this.#attached = NONE;
  }
}

/** What a command sees of the connection while it runs. */
export class ServedRequest implements Caller {
  readonly connection: ServedConnection;
  readonly #reply: number;
  /** Whether the reply carries messages. */
  delivers = false;
  /** Whether the reply may be given again while what it was made of is unchanged. */
  stands = false;
  /** Whose session the request has, and the version of what its reply is made of. */
  origin: { readonly session: Session; readonly version: Version } | undefined;

  constructor(connection: ServedConnection, reply: number) {
    this.connection = connection;
    this.#reply = reply;
  }

  madeFor(session: Session, version: Version): void {
    this.origin = { session, version };
  }

  login(session: Session): void {
    this.connection.login(session);
  }

  carried(account: Account): number {
    return this.connection.carried(account);
  }

  deliver(account: Account, upTo: number): void {
    this.connection.deliver(this.#reply, account, upTo);
    this.delivers = true;
  }

  stand(): void {
    this.stands = true;
  }
}
