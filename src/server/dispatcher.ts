import type { Command, Session } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import type { Log } from '../log.ts';
import { encodeReply, keepEncoded, type Reply, refusals, refuse } from '../protocol/reply.ts';
import type { Steps } from '../steps.ts';
import { StorageError, type Store } from '../store/store.ts';
import type { Answerer, Teller } from '../threads/answerer.ts';
import type { PostResults } from '../threads/connection-thread.ts';
import type { Result, Standing, ThreadRequest } from '../threads/messages.ts';
import type { Tally } from '../threads/tally.ts';
import type { Versions } from '../threads/versions.ts';
import { BatchOrder } from './batch-order.ts';
import { describeReply } from './describe-reply.ts';
import type { Logins } from './logins.ts';
import type { Registrar } from './registrar.ts';
import { type LiveOptions, ServedConnection, type ServedRequest } from './served-connection.ts';
import type { SessionTable } from './sessions.ts';

/** In the log: what was asked, and what was answered. */
const LINES_PER_REQUEST = 2;

/** The reply to what was given up before it had any effect. If anybody hears it, it is true. */
const abandoned = keepEncoded(refuse(refusals.failed));

/** A request that has been begun; `served` is undefined when it was the connection's end. */
interface Begun {
  readonly connection: number;
  readonly served: ServedRequest | undefined;
  /** For the measure of main's steps. */
  readonly name: string;
  readonly reply: Promise<Reply | undefined> | Reply;
}

/**
 * Answers the connection threads, in the main thread. One connection's requests begin in the order in which
 * it made them and are answered in that order; those of different connections are independent.
 */
export class Dispatcher implements Answerer {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #sessions: SessionTable;
  readonly #logins: Logins;
  readonly #registrar: Registrar;
  readonly #log: Log;
  readonly #refused: Tally;
  readonly #versions: Versions;
  readonly #live: LiveOptions;
  readonly #steps: Steps;
  readonly #connections = new Map<number, ServedConnection>();
  readonly #running = new Set<Promise<void>>();

  /** `refused` counts the errors that it answers. */
  constructor(options: {
    store: Store;
    sessions: SessionTable;
    logins: Logins;
    registrar: Registrar;
    log: Log;
    refused: Tally;
    versions: Versions;
    live: LiveOptions;
    steps: Steps;
  }) {
    this.#store = options.store;
    this.#now = () => options.store.clock.stamp();
    this.#sessions = options.sessions;
    this.#logins = options.logins;
    this.#registrar = options.registrar;
    this.#log = options.log;
    this.#refused = options.refused;
    this.#versions = options.versions;
    this.#live = options.live;
    this.#steps = options.steps;
  }

  open(id: number, peer: string, thread: Teller): void {
    this.#connections.set(id, new ServedConnection(id, peer, this.#sessions, this.#live, thread));
  }

  took(id: number, bytes: number): void {
    this.#connections.get(id)?.listener?.took(bytes);
  }

  lose(id: number): void {
    this.#connections.get(id)?.close();
    this.#connections.delete(id);
  }

  get connections(): Iterable<ServedConnection> {
    return this.#connections.values();
  }

  /** A connection's client, and its users, the last one first; undefined when there is no such connection. */
  whoIs(id: number): { peer: string; users: readonly string[] } | undefined {
    const connection = this.#connections.get(id);
    if (!connection) return undefined;
    return {
      peer: connection.peer,
      users: [...new Set(connection.users.map(({ account }) => account.username))],
    };
  }

  describe(id: number): string {
    const connection = this.#connections.get(id);
    return connection ? `connection ${id} (${connection.describe()})` : `connection ${id}`;
  }

  answer(requests: readonly ThreadRequest[], post: PostResults): Promise<void> {
    const running = this.#answer(requests, post).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Resolves when nothing is being answered any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #answer(requests: readonly ThreadRequest[], post: PostResults): Promise<void> {
    const begun: Begun[] = [];
    const held: ServedConnection[] = [];
    const order = new BatchOrder();
    for (const request of requests) {
      const connection = this.#connections.get(request.connection);
      if (!connection) continue;
      const end = 'end' in request.asked ? request.asked.end : undefined;
      if (end === 'gone') {
        // Of what it waits for nothing is worth waiting for.
        begun.push(this.#begin(connection, request));
        continue;
      }
      if (connection.waiting) {
        if (end === 'cut') connection.abandon();
        connection.waiting.push(request);
        continue;
      }
      order.add(connection);
      const command = commandOf(request);
      if (command?.slow || command?.exclusive) {
        connection.waiting = command.slow ? [request] : [];
        held.push(connection);
      }
      if (!command?.slow) begun.push(this.#begin(connection, request));
    }
    try {
      const results = await this.#finish(begun);
      await order.earlier();
      this.#post(results, true, begun, post);
    } finally {
      order.answered();
    }
    // Only now, for a late answer must not overtake what its connection asked before.
    await Promise.all(held.map((connection) => this.#answerWaiting(connection, post)));
  }

  /** Answers what waits behind a slow or exclusive request: each such request for itself, and in between as much together as there is. */
  async #answerWaiting(connection: ServedConnection, post: PostResults): Promise<void> {
    const waiting = connection.waiting!;
    while (waiting.length > 0 && connection.open) {
      const alone = waiting.findIndex((request) => commandOf(request)?.slow || commandOf(request)?.exclusive);
      const together = waiting.splice(0, alone < 0 ? waiting.length : Math.max(alone, 1));
      const begun = together.map((request) => this.#begin(connection, request));
      const results = await this.#finish(begun);
      // When it is gone its thread has been told, and perhaps has forgotten it.
      if (connection.open || results.some(({ ended }) => ended)) this.#post(results, false, begun, post);
    }
    connection.settle();
  }

  /** A connection that listens from now on hears of the first event behind that reply. */
  #post(results: Result[], completes: boolean, begun: readonly Begun[], post: PostResults): void {
    // What has happened before is heard of before.
    if (this.#live.hub.behind) {
      for (const { connection } of results) this.#connections.get(connection)?.hear();
    }
    post(results, completes);
    for (const { served } of begun) served?.replied();
  }

  #begin(connection: ServedConnection, { received, asked, repeated }: ThreadRequest): Begun {
    if (repeated > 0) this.#log.leaveOut(repeated * LINES_PER_REQUEST);
    const marked = connection.received(received, this.#store, this.#now(), (error) => this.#report(error));
    if ('end' in asked) {
      this.lose(connection.id);
      // Whoever sees the connection closed finds its messages read.
      return {
        connection: connection.id,
        served: undefined,
        name: 'end',
        reply: Promise.resolve(marked).then(() => undefined),
      };
    }
    const served = connection.nextRequest();
    const name = 'command' in asked ? asked.command : 'refusal';
    this.#steps.is(name);
    const reply =
      'refusal' in asked
        ? refuse(asked.refusal)
        : this.#run(commands.get(asked.command)!, asked.input, connection, served);
    return { connection: connection.id, served, name, reply };
  }

  async #run(
    command: Command,
    input: Parameters<Command['run']>[0],
    connection: ServedConnection,
    caller: ServedRequest,
  ): Promise<Reply> {
    try {
      const session = this.#sessionFor(command, input.token as string | undefined, connection);
      if (!session && command.session !== 'none') return refuse(refusals.noSession);
      // Before anything is read that the reply will be made of.
      if (session) caller.madeFor(session, this.#versions.of(session.account.id));
      return await command.run(
        input,
        {
          store: this.#store,
          sessions: this.#sessions,
          caller,
          checkPassword: (...login) =>
            unlessLeft(connection, (signal) => this.#logins.check(connection.address, ...login, signal)),
          hashPassword: (password) =>
            unlessLeft(connection, (signal) => this.#logins.hash(connection.address, password, signal)),
          register: (applicant) =>
            this.#registrar.register(connection.address, applicant, connection.leaving),
          log: (line) => this.#log.traffic(line),
          now: this.#now,
        },
        session,
      );
    } catch (error) {
      if ((error as Error | undefined)?.name === 'AbortError') return abandoned;
      this.#report(error);
      return refuse(isOfDisk(error) ? refusals.failed : refusals.faulty);
    }
  }

  #sessionFor(
    command: Command,
    token: string | undefined,
    connection: ServedConnection,
  ): Session | undefined {
    if (command.session === 'none') return undefined;
    if (command.session === 'optional' && !token) return connection.session;
    return connection.sessionOf(token ?? '');
  }

  async #finish(begun: readonly Begun[]): Promise<Result[]> {
    const results = new Map<number, Result>();
    for (const { connection, served, name, reply: pending } of begun) {
      let result = results.get(connection);
      if (!result) {
        result = { connection, text: '', replies: 0, errors: 0, delivers: false, ended: false };
        results.set(connection, result);
      }
      const reply = pending instanceof Promise ? await pending : pending;
      if (!reply || !served) {
        result.ended = true;
        continue;
      }
      this.#steps.is(name);
      const text = encodeReply(reply);
      result.text += text;
      result.replies++;
      if (reply === abandoned) continue;
      this.#log.traffic(() => `balas ke  client: ${describeReply(reply, this.#log.showsTexts, text.length)}`);
      if (reply.status === 'ERROR') {
        result.errors++;
        this.#refused.add(String(reply.message));
      }
      result.delivers ||= served.delivers;
      result.standing = result.replies === 1 ? this.#standing(served) : undefined;
    }
    return [...results.values()];
  }

  /** Whether the thread may give the reply again without asking. Not while the log has room for a line about each request. */
  #standing({ stands, origin, connection }: ServedRequest): Standing | undefined {
    if (!stands || !origin || this.#log.showsTraffic) return undefined;
    const lent = this.#sessions.lend(origin.session);
    connection.askedAt += lent;
    return lent > 0 ? { ...origin.version, lent } : undefined;
  }

  #report(error: unknown): void {
    // Told once, when the trouble begins; here it would be a line for each request.
    if (!isOfDisk(error)) this.#log.fault('a request failed', error);
  }
}

/** It can be tried again. All else is a bug of ours, which would fail again. */
const isOfDisk = (error: unknown): boolean => error instanceof StorageError && error.disk;

/** What is worked out for a connection is for nothing once nobody waits for it. @throws AbortError then. */
async function unlessLeft<T>(
  { leaving }: ServedConnection,
  work: (leaving: AbortSignal) => Promise<T>,
): Promise<T> {
  const outcome = await work(leaving);
  leaving.throwIfAborted();
  return outcome;
}

function commandOf({ asked }: ThreadRequest): Command | undefined {
  return 'command' in asked ? commands.get(asked.command) : undefined;
}
