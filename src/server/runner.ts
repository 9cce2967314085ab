import type { Command, Session, Surroundings } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import type { Log } from '../log.ts';
import { encodeReply, keepEncoded, type Reply, refusals, refuse } from '../protocol/reply.ts';
import type { Steps } from '../steps.ts';
import { StorageError, type Store } from '../store/store.ts';
import type { Result, Standing, ThreadRequest } from '../threads/messages.ts';
import type { Tally } from '../threads/tally.ts';
import type { Versions } from '../threads/versions.ts';
import type { Share } from './batch.ts';
import { describeReply } from './describe-reply.ts';
import type { Logins } from './logins.ts';
import type { Registrar } from './registrar.ts';
import type { ServedConnection, ServedRequest } from './served-connection.ts';
import type { SessionTable } from './sessions.ts';

/** The reply to what was given up before it had any effect. If anybody hears it, it is true. */
const abandoned = keepEncoded(refuse(refusals.failed));

type Asked = Exclude<ThreadRequest['asked'], { readonly end: unknown }>;

export interface RunnerOptions {
  readonly store: Store;
  readonly sessions: SessionTable;
  readonly logins: Logins;
  readonly registrar: Registrar;
  readonly log: Log;
  /** Counts the errors that are answered. */
  readonly refused: Tally;
  readonly versions: Versions;
  readonly steps: Steps;
}

/** Runs requests: makes replies of what was asked, and results of replies. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #log: Surroundings['log'];
  readonly #now: Surroundings['now'];

  constructor(options: RunnerOptions) {
    const { log, store } = options;
    this.#options = options;
    this.#log = (line) => log.traffic(line);
    this.#now = () => store.clock.stamp();
  }

  /** Runs a request, in its turn. What it is answered is in its share when the share's batch has got all that it expects. */
  run(asked: Asked, share: Share): void {
    const served = share.connection.nextRequest();
    share.requests.push(served);
    const name = 'command' in asked ? asked.command : 'refusal';
    this.#options.steps.is(name);
    const reply =
      'refusal' in asked
        ? refuse(asked.refusal)
        : this.#reply(commands.get(asked.command)!, asked.input, share.connection, served);
    if (!(reply instanceof Promise)) return this.#take(served, reply);
    const { batch } = share;
    const take = (reply: Reply): void => {
      try {
        this.#options.steps.is(name);
        this.#take(served, reply);
      } catch (error) {
        batch.fail(error);
      }
      batch.arrived();
    };
    batch.expect();
    reply.then(take, (error) => take(this.#failed(error)));
  }

  /** Once all its replies are there. */
  resultOf({ connection, requests, ended }: Share): Result {
    let text = '';
    let errors = 0;
    let delivers = false;
    for (const request of requests) {
      text += request.text;
      if (request.failed) errors++;
      delivers ||= request.delivers;
    }
    const standing = requests.length === 1 ? this.#standing(requests[0]!) : undefined;
    return { connection: connection.id, text, replies: requests.length, errors, delivers, standing, ended };
  }

  /** Marks as read what the client has now shown to have (see ServedConnection.received). */
  received(connection: ServedConnection, replies: number): Promise<unknown> | undefined {
    return connection.received(replies, this.#options.store, this.#now, (error) => this.#report(error));
  }

  #reply(
    command: Command,
    input: Parameters<Command['run']>[0],
    connection: ServedConnection,
    served: ServedRequest,
  ): Reply | Promise<Reply> {
    try {
      const session = this.#sessionFor(command, input.token as string | undefined, connection);
      if (!session && command.session !== 'none') return refuse(refusals.noSession);
      // Before anything is read that the reply will be made of.
      if (session) served.madeFor(session, this.#options.versions.of(session.account.id));
      connection.surroundings ??= this.#surroundingsOf(connection);
      return command.run(input, { ...connection.surroundings, caller: served }, session);
    } catch (error) {
      return this.#failed(error);
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

  #surroundingsOf(connection: ServedConnection): Omit<Surroundings, 'caller'> {
    const { store, sessions, logins, registrar } = this.#options;
    return {
      store,
      sessions,
      checkPassword: (...login) =>
        unlessLeft(connection, (signal) => logins.check(connection.address, ...login, signal)),
      hashPassword: (password) =>
        unlessLeft(connection, (signal) => logins.hash(connection.address, password, signal)),
      register: (applicant) => registrar.register(connection.address, applicant, connection.leaving),
      log: this.#log,
      now: this.#now,
    };
  }

  #take(served: ServedRequest, reply: Reply): void {
    const { log, refused } = this.#options;
    const text = encodeReply(reply);
    served.text = text;
    if (reply === abandoned) return;
    log.traffic(() => `balas ke  client: ${describeReply(reply, log.showsTexts, text.length)}`);
    if (reply.status !== 'ERROR') return;
    served.failed = true;
    refused.add(String(reply.message));
  }

  /** Whether the thread may give the reply again without asking. Not while the log has room for a line about each request. */
  #standing({ stands, origin, connection }: ServedRequest): Standing | undefined {
    const { log, sessions } = this.#options;
    if (!stands || !origin || log.showsTraffic) return undefined;
    const lent = sessions.lend(origin.session);
    connection.askedAt += lent;
    return lent > 0 ? { ...origin.version, lent } : undefined;
  }

  #failed(error: unknown): Reply {
    if ((error as Error | undefined)?.name === 'AbortError') return abandoned;
    this.#report(error);
    return refuse(isOfDisk(error) ? refusals.failed : refusals.faulty);
  }

  #report(error: unknown): void {
    // Told once, when the trouble begins; here it would be a line for each request.
    if (!isOfDisk(error)) this.#options.log.fault('a request failed', error);
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
