import type { Caller, Session, Surroundings } from '../commands/command.ts';
import type { Hub } from '../live/hub.ts';
import { Listener, type ListenerOptions } from '../live/listener.ts';
import type { Account, Store } from '../store/store.ts';
import type { Teller } from '../threads/answerer.ts';
import type { ThreadRequest } from '../threads/messages.ts';
import type { Version } from '../threads/versions.ts';
import type { Share } from './batch.ts';
import type { Attachment } from './live-session.ts';
import type { SessionTable } from './sessions.ts';

/** Messages that a reply carried, while it is not known whether the client has it. */
interface Delivery {
  /** The reply's number on its connection, from 1. */
  readonly reply: number;
  readonly account: Account;
  /** Set when they are a group's: its id. */
  readonly group: number | undefined;
  /** The id of the last message. */
  readonly upTo: number;
}

/** What all connections that listen share. */
export interface LiveOptions extends Pick<ListenerOptions, 'store' | 'mostUntaken'> {
  readonly hub: Hub;
}

/** So many sessions are online by one connection; of those whose tokens come beyond that the one that came first goes. */
export const MOST_ONLINE_HERE = 32;

/** One for all: a connection that is idle should hold little. */
const NONE: readonly never[] = [];

/** What the main thread knows of one connection: who is logged in, and what may have been received. */
export class ServedConnection implements Attachment {
  readonly id: number;
  readonly peer: string;
  /** Set while a slow or exclusive request runs: the requests that wait behind it. */
  waiting: ThreadRequest[] | undefined;
  /** What was asked here in the last batch that waits for its turn to be answered; undefined when all are answered. */
  answering: Share | undefined;
  /** What its commands find around them, whichever the request. */
  surroundings: Omit<Surroundings, 'caller'> | undefined;
  /** When the last request came, in milliseconds as `performance.now()` tells them. */
  askedAt = performance.now();
  /** Since when nobody is logged in here; undefined while somebody is. */
  #strangerSince: number | undefined = this.askedAt;
  #requests = 0;
  #open = true;
  #abandoned = false;
  /** Undefined while nothing waits that is slow to begin: most connections are idle. */
  #leaving: AbortController | undefined;
  #login: Session | undefined;
  #known: { readonly token: string; readonly session: Session } | undefined;
  readonly #sessions: SessionTable;
  /** Few: one for each token that was used here. */
  #attached: readonly Session[] = NONE;
  /** Of those the one that was used last. */
  #used: Session | undefined;
  readonly #deliveries: Delivery[] = [];
  /** By inbox, the last message that a reply on this connection carried. Undefined before there is one: most are idle. */
  #carried: Map<string, number> | undefined;
  readonly #live: LiveOptions;
  readonly #thread: Teller;
  #listener: { readonly session: Session; readonly listener: Listener } | undefined;

  constructor(id: number, peer: string, sessions: SessionTable, live: LiveOptions, thread: Teller) {
    this.id = id;
    this.peer = peer;
    this.#sessions = sessions;
    this.#live = live;
    this.#thread = thread;
  }

  get listener(): Listener | undefined {
    return this.#listener?.listener;
  }

  /** Listens for a session's account from now on, and for no other: behind `since`, once `begin` of what it returns is called. */
  listen(session: Session, since: number): Listener {
    this.#deafen();
    const { hub, store, mostUntaken } = this.#live;
    const listener = new Listener(session.account.id, since, {
      store,
      mostUntaken,
      push: (text) => this.#thread.tell(this.id, text),
      ended: () => hub.remove(listener),
    });
    if (!this.#open) return listener;
    this.#listener = { session, listener };
    hub.add(listener);
    return listener;
  }

  /** While it listens neither the connection nor the session is idle. False when it does not. */
  keepInUse(): boolean {
    if (!this.#listener || !this.#sessions.use(this.#listener.session)) return false;
    this.askedAt = performance.now();
    return true;
  }

  /** If it listens it is told now what it would be told soon. */
  hear(): void {
    if (this.#listener) this.#live.hub.hurry(this.#listener.listener);
  }

  #deafen(): void {
    if (!this.#listener) return;
    this.hear();
    this.#listener.listener.end();
    this.#live.hub.remove(this.#listener.listener);
    this.#listener = undefined;
  }

  /** The client's, without its port. */
  get address(): string {
    return this.peer.slice(0, this.peer.lastIndexOf(':'));
  }

  get open(): boolean {
    return this.#open;
  }

  /** Aborts when what has not been begun here need not be any more. */
  get leaving(): AbortSignal {
    this.#leaving ??= new AbortController();
    if (this.#abandoned) this.#leaving.abort();
    return this.#leaving.signal;
  }

  /** Nothing more is begun of what it has asked; but its end, if that was told, is. */
  abandon(): void {
    this.#abandoned = true;
    this.#leaving?.abort();
    const ends = this.waiting?.filter(({ asked }) => 'end' in asked) ?? [];
    this.waiting?.splice(0, this.waiting.length, ...ends);
  }

  /** Nothing waits any more. */
  settle(): void {
    this.waiting = undefined;
    this.#leaving = undefined;
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
    if (known?.token === token && this.#sessions.use(known.session)) {
      if (this.#open) this.#used = known.session;
      return known.session;
    }
    const session = this.#sessions.find(token);
    this.#known = session && { token, session };
    if (session) this.attach(session);
    return session;
  }

  get strangerSince(): number | undefined {
    return this.#strangerSince;
  }

  /** The sessions that logged in here or whose token was used, while they are valid: the one that was used last comes first. */
  get users(): readonly Session[] {
    return this.#used ? [this.#used, ...this.#attached.filter((session) => session !== this.#used)] : NONE;
  }

  /** For the log: the client's address, and the user and session that were here last; others are counted. */
  describe(): string {
    if (!this.#used) return this.peer;
    const others = this.#attached.length - 1;
    return `${this.peer}, ${this.#used.account.username}, session ${this.#used.id}${others > 0 ? `, and ${others} more` : ''}`;
  }

  /** Counts the session as present for as long as this connection lives. */
  attach(session: Session): void {
    if (!this.#open) return;
    this.#used = session;
    if (this.#attached.includes(session)) return;
    if (this.#attached.length === MOST_ONLINE_HERE) this.#detachOne();
    this.#attached = [...this.#attached, session];
    this.#strangerSince = undefined;
    this.#sessions.attach(session, this);
  }

  /** Not the one that it has logged in to or listens for: their end has to be told here. */
  #detachOne(): void {
    const needed = [this.#login, this.#listener?.session, this.#used];
    const first = this.#attached.find((session) => !needed.includes(session))!;
    this.#attached = this.#attached.filter((session) => session !== first);
    this.#sessions.detach(first, this);
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

  carried(account: Account, group: number | undefined): number {
    return this.#carried?.get(inboxKey(account, group)) ?? 0;
  }

  deliver(reply: number, account: Account, upTo: number, group: number | undefined): void {
    this.#carried ??= new Map();
    this.#carried.set(inboxKey(account, group), upTo);
    this.#deliveries.push({ reply, account, group, upTo });
  }

  /**
   * Marks as read what the first `replies` replies carried. All of an account's unread messages up to a delivery's
   * last one were in that reply or in an earlier one on this connection, so none is marked that was not shown.
   * Undefined when there is nothing to mark; else resolves when that is durable.
   */
  received(
    replies: number,
    store: Store,
    now: () => number,
    report: (error: unknown) => void,
  ): Promise<unknown> | undefined {
    if (!this.#deliveries[0] || this.#deliveries[0].reply > replies) return undefined;
    const marks: Promise<void>[] = [];
    while (this.#deliveries[0] && this.#deliveries[0].reply <= replies) {
      const delivery = this.#deliveries.shift()!;
      const { account, group, upTo } = delivery;
      const mark =
        group === undefined
          ? store.markRead(account, upTo, now())
          : store.groups.markRead(account, group, upTo);
      marks.push(
        mark.catch((error) => {
          // The next request tries again; if none comes the messages stay unread: twice is better than never.
          this.#deliveries.unshift(delivery);
          report(error);
        }),
      );
    }
    // Gives the array's memory back, which shift() does not.
    if (this.#deliveries.length === 0) this.#deliveries.length = 0;
    return Promise.all(marks);
  }

  /** The session has ended. */
  forget(session: Session): void {
    this.#attached = this.#attached.filter((other) => other !== session);
    if (this.#attached.length === 0) this.#strangerSince = performance.now();
    if (this.#used === session) this.#used = this.#attached.at(-1);
    if (this.#login === session) this.#login = undefined;
    if (this.#known?.session === session) this.#known = undefined;
    if (this.#listener?.session === session) {
      const { listener } = this.#listener;
      this.hear();
      // It stays this connection's until the client, who may not even have the reply yet, listens anew.
      listener.interrupt();
      this.#live.hub.remove(listener);
    }
  }

  /** The connection is gone. What has not been received stays unread. */
  close(): void {
    this.#open = false;
    this.abandon();
    this.#login = undefined;
    this.#used = undefined;
    this.#deafen();
    for (const session of this.#attached) this.#sessions.detach(session, this);
    this.#attached = NONE;
  }
}

const inboxKey = ({ id }: Account, group: number | undefined): string =>
  group === undefined ? String(id) : `${id} ${group}`;

/** What a command sees of the connection while it runs. */
export class ServedRequest implements Caller {
  readonly connection: ServedConnection;
  readonly #reply: number;
  /** The reply's bytes, once it is there. */
  text = '';
  /** Whether the reply is an error that counts. */
  failed = false;
  /** Whether the reply carries messages. */
  delivers = false;
  /** Whether the reply may be given again while what it was made of is unchanged. */
  stands = false;
  #listener: Listener | undefined;
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

  carried(account: Account, group?: number): number {
    return this.connection.carried(account, group);
  }

  deliver(account: Account, upTo: number, group?: number): void {
    this.connection.deliver(this.#reply, account, upTo, group);
    this.delivers = true;
  }

  listen(session: Session, since: number): void {
    this.#listener = this.connection.listen(session, since);
  }

  /** The reply has been given to the connection's thread. */
  replied(): void {
    this.#listener?.begin();
  }

  stand(): void {
    this.stands = true;
  }
}
