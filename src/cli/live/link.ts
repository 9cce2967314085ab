import { type Chat, connect } from '../../client/chat.ts';
import { ConnectionLostError, ProtocolError } from '../../client/client.ts';
import type { ChatEvent } from '../../client/event-queue.ts';
import type { ChatOptions, ChatState } from '../../client/options.ts';
import type { Login } from '../session.ts';

const UNKNOWN =
  'the connection was lost before the reply; if this was to change something, it may be changed';

export interface LinkListener {
  happened(event: ChatEvent): void;
  /** The connection is lost, for this reason; it is being made again. */
  lost(reason: Error): void;
  /** It is there again. */
  back(): void;
  /** The server's data was replaced, and nobody can tell whether something was missed. */
  unsure(): void;
  /** How long it is till the next try is another now. */
  changed(): void;
  /** The login is over for good, but not by `end`. */
  ended(reason: Error): void;
}

/** A login that listens for as long as it is good, whatever becomes of connections. */
export class Link {
  readonly #server: ChatOptions;
  readonly #listener: LinkListener;
  #login: Login | undefined;
  #chat: Chat | undefined;
  /** Set while there is no connection: milliseconds from the last try to the next. */
  #waitMs: number | undefined;
  /** Breaks off `begin`. */
  #beginning: AbortController | undefined;
  #lost = lostLater();
  #nextState = Promise.withResolvers<ChatState['state']>();
  /** Whose states count. */
  #states: symbol | undefined;
  /** How far the last chat had come. */
  #position: string | undefined;

  constructor(server: ChatOptions, listener: LinkListener) {
    this.#server = server;
    this.#listener = listener;
  }

  /** Whose login it is, or was last. */
  get username(): string | undefined {
    return this.#login?.username;
  }

  /** The chat, while there is a login. */
  get chat(): Chat | undefined {
    return this.#chat;
  }

  get waitMs(): number | undefined {
    return this.#waitMs;
  }

  /**
   * Listens for a login from now on; for the same user again from where it was.
   *
   * @throws ConnectionLostError and RefusedError when it cannot; the login before is over then all the same.
   */
  async begin(login: Login): Promise<void> {
    await this.end();
    const since = login.username === this.username ? this.#position : undefined;
    this.#login = login;
    this.#position = since;
    this.#lost = lostLater();
    // It tells of its states before it is there.
    const states = Symbol('states');
    this.#states = states;
    const beginning = new AbortController();
    this.#beginning = beginning;
    const chat = await connect({
      ...this.#server,
      ...login,
      since,
      signal: beginning.signal,
      onState: (state) => {
        if (states === this.#states) this.#stateIs(state);
      },
    });
    // It may be there already when it is broken off.
    beginning.signal.throwIfAborted();
    this.#beginning = undefined;
    this.#chat = chat;
    void this.#follow(chat);
  }

  /** Stops listening, or breaks off the beginning; the server keeps the session. */
  async end(): Promise<void> {
    this.#beginning?.abort(new ConnectionLostError('the login is over'));
    this.#beginning = undefined;
    const chat = this.#chat;
    if (!chat) return;
    this.#over(chat);
    await chat.close();
  }

  /** Forgets whose login it was, and how far it had come. */
  forget(): void {
    this.#login = undefined;
    this.#position = undefined;
  }

  /**
   * Asks the server for something at once, and only once.
   *
   * @throws ConnectionLostError when it is away: nothing was asked then; or when it goes away before it has answered: it may have been
   * done, and is not asked again.
   */
  async ask<T>(ask: (chat: Chat) => Promise<T>): Promise<T> {
    if (!this.#chat?.connected) throw new ConnectionLostError('the connection is lost');
    try {
      return await Promise.race([ask(this.#chat.once()), this.#lost.promise]);
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || error instanceof ProtocolError) throw error;
      throw new ConnectionLostError(error.message, { cause: error, advice: UNKNOWN });
    }
  }

  /** Tries to connect again without waiting any longer; resolves to whether the connection is there. */
  async hurry(): Promise<boolean> {
    if (!this.#chat || this.#chat.connected) return this.#chat !== undefined;
    const next = this.#nextState.promise;
    this.#chat.hurry();
    return (await next) === 'connected';
  }

  async #follow(chat: Chat): Promise<void> {
    try {
      for await (const event of chat) if (chat === this.#chat) this.#listener.happened(event);
    } catch (reason) {
      if (chat !== this.#chat) return;
      this.#over(chat);
      this.#listener.ended(reason as Error);
    }
  }

  #over(chat: Chat): void {
    this.#position = chat.position;
    this.#chat = undefined;
    this.#states = undefined;
    this.#waitMs = undefined;
    this.#lost.reject(new ConnectionLostError('the login is over'));
  }

  #stateIs(state: ChatState): void {
    this.#nextState.resolve(state.state);
    this.#nextState = Promise.withResolvers();
    const wasAway = this.#waitMs !== undefined;
    if (state.state === 'waiting') {
      this.#waitMs = state.waitMs;
      const { reason } = state;
      this.#lost.reject(
        reason instanceof ProtocolError ? reason : new ConnectionLostError('the connection is lost'),
      );
      if (!wasAway) this.#listener.lost(reason);
    } else if (state.state === 'connected' && state.sure === false) this.#listener.unsure();
    if (state.state === 'connected' && wasAway) {
      this.#waitMs = undefined;
      this.#lost = lostLater();
      this.#listener.back();
    }
    this.#listener.changed();
  }
}

/** Rejects when the connection is lost, whether somebody waits for it or not. */
function lostLater(): PromiseWithResolvers<never> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  return lost;
}
