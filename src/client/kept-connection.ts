import { setTimeout as sleep } from 'node:timers/promises';
import { refusals } from '../protocol/reply.ts';
import { ChatClient } from './client.ts';
import { ConnectionLostError, ProtocolError, RefusedError } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import { Listening, type Login } from './listening.ts';
import type { ChatState, Settings } from './options.ts';
import { readers } from './readers.ts';

/**
 * A connection that is made again whenever it is lost, logged in and listening. Whatever goes wrong with it (the line, the session, a
 * refusal) has the same consequence: it is dropped, and the next one begins from the start.
 */
export class KeptConnection {
  readonly events: EventQueue;
  readonly #settings: Settings;
  readonly #listening: Listening;
  #token: string | undefined;
  /** The connection in use; undefined while there is none. */
  #login: Login | undefined;
  #next = nextLogin();
  /** Breaks off the wait for the next connection, and the making of it. */
  #attempt = new AbortController();
  /** Cuts the wait for the next try short. */
  #wait = new AbortController();
  /** Why we have dropped the connection in use. */
  #trouble: Error | undefined;
  /** Aborted when it ends. */
  readonly #over = new AbortController();
  #ended: Error | undefined;
  #keeping: Promise<void> = Promise.resolve();

  private constructor(settings: Settings) {
    this.#settings = settings;
    this.#token = settings.token;
    this.events = new EventQueue(settings.maxEvents, settings.since, () => {
      if (this.#login) this.#listening.resume(this.#login);
    });
    this.#listening = new Listening(this.events, (login, error) => this.drop(login, error));
  }

  /** @throws ConnectionLostError or RefusedError when the first try fails, and the signal's reason when it is aborted. */
  static async open(settings: Settings): Promise<KeptConnection> {
    const { signal } = settings;
    signal?.throwIfAborted();
    const kept = new KeptConnection(settings);
    const abort = (): void => {
      const reason = asError(signal!.reason);
      kept.events.clear();
      kept.#end(reason, reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const forget = (): void => signal?.removeEventListener('abort', abort);
    try {
      const login = await kept.#connect();
      kept.#keeping = kept.#keep(login).finally(forget);
      return kept;
    } catch (error) {
      forget();
      throw kept.#ended ?? error;
    }
  }

  get token(): string {
    return this.#token!;
  }

  get connected(): boolean {
    return this.#login !== undefined;
  }

  /** What calls are rejected with from now on; undefined while it goes on. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /** The connection in use or, when there is none, the next one. Rejects when there will be none, or the other side is no such server. */
  async login(): Promise<Login> {
    if (this.#ended) throw this.#ended;
    return this.#login ?? this.#next.promise;
  }

  /** The connection is lost: whoever asks on it may see that before we do. */
  lost(login: Login): void {
    if (this.#login !== login) return;
    this.#login = undefined;
    this.#next = nextLogin();
  }

  /** The connection is of no use any more. */
  drop(login: Login, reason: Error): void {
    if (this.#login === login) this.#trouble = reason;
    this.lost(login);
    login.client.reset();
  }

  /** Does not wait any longer before the next try. */
  hurry(): void {
    this.#wait.abort();
  }

  /** A request that changes nothing and costs little. */
  get #harmless(): string {
    return `blocks ${this.#token}`;
  }

  /** Whether what has failed is tried again. */
  get repeats(): boolean {
    return this.#settings.reconnect !== false;
  }

  /** Waits as long as it would before another try to connect, behind so many that failed. Rejects when it ends meanwhile. */
  async pause(failed: number): Promise<void> {
    const { reconnect } = this.#settings;
    // Equally long for all that was asked at once: they stay in order.
    const waitMs = reconnect ? Math.min(reconnect.firstWaitMs * 2 ** failed, reconnect.longestWaitMs) : 0;
    await sleep(waitMs, undefined, { signal: this.#over.signal }).catch(() => {});
    if (this.#ended) throw this.#ended;
  }

  /** Leaves in order: what was asked on the connection is still answered. Resolves when it is gone. */
  async close(): Promise<void> {
    const login = this.#login;
    this.events.clear();
    this.#end(undefined, new ConnectionLostError('the chat is closed'));
    await login?.client.close();
    await this.#keeping;
  }

  /** `reason`: what the program is told; without one the end was its own wish. */
  #end(reason: Error | undefined, rejection: Error): void {
    if (this.#ended) return;
    this.#ended = rejection;
    this.#over.abort();
    this.events.end(reason);
    this.#next.reject(rejection);
    if (!this.#login) this.#attempt.abort();
    else if (reason) this.#login.client.reset();
    this.#tell(reason ? { state: 'ended', reason } : { state: 'ended' });
  }

  async #keep(first: Login): Promise<void> {
    const { reconnect } = this.#settings;
    let wait = reconnect ? reconnect.firstWaitMs : 0;
    let login: Login | undefined = first;
    for (;;) {
      let reason: Error;
      const since = performance.now();
      try {
        login ??= await this.#connect();
        reason = await this.#use(login);
        // Only a connection that has lasted shows that all is well again.
        if (reconnect && performance.now() - since > wait) wait = reconnect.firstWaitMs;
      } catch (error) {
        reason = error as Error;
        // Nobody can tell when there will be another server: whoever waits for it is told.
        if (reason instanceof ProtocolError) this.#disappoint(reason);
      }
      login = undefined;
      if (this.#ended) return;
      if (!reconnect || !this.#mayPass(reason)) return this.#end(reason, reason);
      const waitMs = Math.ceil(wait * (1 - Math.random() / 2));
      wait = Math.min(wait * 2, reconnect.longestWaitMs);
      this.#tell({ state: 'waiting', waitMs, reason });
      this.#wait = new AbortController();
      const signal = AbortSignal.any([this.#attempt.signal, this.#wait.signal]);
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  #disappoint(reason: Error): void {
    const { reject } = this.#next;
    this.#next = nextLogin();
    reject(reason);
  }

  async #connect(): Promise<Login> {
    const { host, port, tls, timeout, onChunk } = this.#settings;
    // Aborted while we waited, or now: either way nothing is connected.
    if (this.#ended) throw this.#ended;
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    const client = await ChatClient.connect({
      host,
      port,
      tls,
      timeout,
      onChunk,
      signal,
      probe: { after: timeout, request: () => this.#harmless },
    });
    try {
      return await this.#enter(client);
    } catch (error) {
      client.reset();
      throw error;
    }
  }

  /** The session that there is goes on; when the server does not know it, or there is none, the password begins another. */
  async #enter(client: ChatClient): Promise<Login> {
    const { username, password } = this.#settings;
    for (;;) {
      const isNew = this.#token === undefined;
      this.#token ??= await client.auth(username!, password!);
      const login = { client, token: this.#token };
      try {
        if (this.#settings.listen) await this.#listening.begin(login);
        // Whether the session is valid.
        else await client.ask(this.#harmless, readers.done);
        return login;
      } catch (error) {
        if (!isNoSession(error) || password === undefined) throw error;
        if (isNew)
          throw new ProtocolError('it does not know a session that it has just begun', { cause: error });
        this.#token = undefined;
      }
    }
  }

  /** Resolves when the connection is gone, to why. */
  async #use(login: Login): Promise<Error> {
    if (this.#ended) login.client.reset();
    else {
      this.#login = login;
      this.#next.resolve(login);
      this.#tell({ state: 'connected', ...(this.#listening.sure ? {} : { sure: false }) });
      // There may have been room since it began to listen.
      this.#listening.resume(login);
    }
    const lost = await login.client.closed;
    this.lost(login);
    const reason = this.#trouble ?? lost;
    this.#trouble = undefined;
    return reason;
  }

  #mayPass(reason: Error): boolean {
    if (reason instanceof ConnectionLostError) return true;
    if (isNoSession(reason)) return this.#settings.password !== undefined;
    return reason instanceof RefusedError && PASSING.some((message) => reason.message.startsWith(message));
  }

  #tell(state: ChatState): void {
    const { onState } = this.#settings;
    // In a turn of its own: what it throws is the program's, not ours.
    if (onState) queueMicrotask(() => onState(state));
  }
}

/** What the server refuses for a while only. All else would be refused again. */
const PASSING: readonly string[] = [
  refusals.full,
  refusals.addressFull,
  refusals.tooFast,
  refusals.tooManySessions,
  refusals.tooManyLogins,
  refusals.tooManyFailures(0).replace(/ \d.*/, ''),
  refusals.failed,
];

export const isNoSession = (error: unknown): boolean =>
  error instanceof RefusedError && error.message === refusals.noSession;

/** Whoever aborts may give any value as a reason. */
const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });

function nextLogin(): PromiseWithResolvers<Login> {
  const next = Promise.withResolvers<Login>();
  // Nobody may be waiting for it.
  next.promise.catch(() => {});
  return next;
}
