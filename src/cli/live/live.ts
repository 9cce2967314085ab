import { type Chat, connect } from '../../client/chat.ts';
import { ConnectionLostError, type RefusedError, type ServerReply } from '../../client/client.ts';
import type { ChatEvent } from '../../client/event-queue.ts';
import type { ChatOptions, ChatState } from '../../client/options.ts';
import type { Message } from '../../client/replies.ts';
import { printable } from '../../printable.ts';
import type { Login } from '../session.ts';
import { Conversation } from './conversation.ts';
import { conversationOf, counted, type Lines, type Shown } from './lines.ts';
import { Outbox, type OutboxLine } from './outbox.ts';
import { Unread } from './unread.ts';

export interface LiveOptions {
  readonly server: ChatOptions;
  readonly lines: Lines;
  /** Events are shown as JSON. */
  readonly json: boolean;
  readonly print: (text: string) => void;
  /** The prompt is another now. */
  readonly changed: () => void;
  readonly onLost: () => void;
  readonly onBack: () => void;
  /** The login has ended for good, but not by `end`. */
  readonly onEnded: (reason: Error) => void;
}

/** The times of so many messages are remembered, to say which one was deleted. */
const TIMES_KEPT = 1000;

/**
 * A login that listens: shows what happens as it happens, sends what is typed in a conversation, and goes on by itself when the connection
 * was lost, nothing shown or sent twice.
 */
export class Live {
  readonly #options: LiveOptions;
  readonly #outbox: Outbox;
  readonly #unread: Unread;
  readonly #times = new Map<number, number>();
  /** Users and groups that have been heard of, for completion. */
  readonly names = new Set<string>();
  #login: Login | undefined;
  #chat: Chat | undefined;
  #conversation: Conversation | undefined;
  /** Set while the connection is away. */
  #waitMs: number | undefined;
  #lost = lostLater();
  /** Whose states count. */
  #states: symbol | undefined;
  /** How far the last chat had come. */
  #position: number | undefined;
  #nextState = Promise.withResolvers<ChatState['state']>();

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#outbox = new Outbox({
      stored: (line, id) => this.#stored(line, id),
      refused: (line, reason) => this.#refused(line, reason),
    });
    this.#unread = new Unread(() => this.ask((chat) => chat.chats()), options.changed);
  }

  /** The login that it listens for. */
  get login(): Login | undefined {
    return this.#chat && this.#login;
  }

  get me(): string {
    return this.#login!.username;
  }

  /** The chat, while there is a login. */
  get chat(): Chat | undefined {
    return this.#chat;
  }

  /** Whom the open conversation is with. */
  get here(): string | undefined {
    return this.#conversation?.with;
  }

  get unsent(): readonly OutboxLine[] {
    return this.#outbox.lines;
  }

  /** What stands before the prompt, in square brackets; empty when there is nothing to say. */
  get notice(): string {
    if (!this.#chat) return '';
    const unread = this.#unread.beside(this.here);
    const unsent = this.#outbox.lines.length;
    const parts = [
      ...(this.#waitMs === undefined ? [] : [`offline, trying again in ${Math.ceil(this.#waitMs / 1000)} s`]),
      ...(this.#waitMs !== undefined && unsent > 0 ? [`${unsent} unsent`] : []),
      ...(unread > 0 ? [`${counted(unread)} unread`] : []),
    ];
    return parts.length > 0 ? `[${parts.join(', ')}] ` : '';
  }

  /**
   * Listens for a login from now on; for the same one again from where it was.
   *
   * @throws ConnectionLostError and RefusedError when it cannot; another login is over then all the same.
   */
  async begin(login: Login): Promise<void> {
    const same = this.#login?.username === login.username;
    const since = same ? this.#position : undefined;
    await this.end();
    if (!same) this.forget();
    this.#login = login;
    this.#lost = lostLater();
    // It tells of its states before it is there.
    const states = Symbol('states');
    this.#states = states;
    const chat = await connect({
      ...this.#options.server,
      ...login,
      since,
      onState: (state) => {
        if (states === this.#states) this.#stateIs(state);
      },
    });
    this.#chat = chat;
    this.names.add(login.username);
    this.#outbox.use(chat);
    void this.#follow(chat);
    void this.#unread.refresh();
  }

  /** Stops listening; the server keeps the session. */
  async end(): Promise<void> {
    const chat = this.#chat;
    if (!chat) return;
    this.#position = chat.position;
    this.#over();
    await chat.close();
  }

  /**
   * Asks the server for something at once.
   *
   * @throws ConnectionLostError when it is away, or goes away before it has answered.
   */
  ask<T>(ask: (chat: Chat) => Promise<T>): Promise<T> {
    if (!this.#chat?.connected) return Promise.reject(new ConnectionLostError('the connection is lost'));
    return Promise.race([ask(this.#chat), this.#lost.promise]);
  }

  /** As Chat.request, but at once or not at all. */
  request(line: string): Promise<ServerReply> {
    return this.ask((chat) => chat.request(line));
  }

  /** Tries to connect again without waiting any longer; resolves to whether the connection is there. */
  async hurry(): Promise<boolean> {
    if (!this.#chat || this.#chat.connected) return this.#chat !== undefined;
    const next = this.#nextState.promise;
    this.#chat.hurry();
    return (await next) === 'connected';
  }

  /** Opens a conversation, with a user or with a `#group`; resolves to the last messages, and those that came meanwhile. */
  async enter(other: string): Promise<readonly Shown[]> {
    const before = this.#conversation;
    const unread = this.#unread.in(other);
    const conversation = new Conversation(other, this.#chat!, () => this.#unread.forget(other));
    // From here on what comes there is held back.
    this.#conversation = conversation;
    try {
      const { messages, held } = await this.ask(() => conversation.open(this.me, unread));
      this.names.add(other);
      for (const message of [...messages, ...held]) this.#remember(message);
      return [...messages, ...held];
    } catch (error) {
      this.#conversation = before;
      for (const event of conversation.held) this.#arrived(event);
      throw error;
    } finally {
      this.#options.changed();
    }
  }

  unreadIn(conversation: string): number {
    return this.#unread.in(conversation);
  }

  leave(): void {
    this.#conversation = undefined;
    this.#options.changed();
  }

  /** Sends a line to the open conversation, now or when the connection is back. */
  say(text: string): void {
    this.#outbox.add(this.here!, text);
    if (this.#chat?.connected) return;
    this.#tell(() => this.#options.lines.waiting(text, this.me, Date.now()), {
      status: 'WAITING',
      msg: text,
    });
    this.#options.changed();
  }

  /** Resolves when all that was typed is sent, or cannot be sent now. */
  async sent(): Promise<void> {
    await this.ask(() => this.#outbox.empty()).catch(() => {});
  }

  /** The last message of one's own in a conversation that is not deleted. */
  async lastOwn(other: string): Promise<Message | undefined> {
    const messages = await this.ask((chat) => chat.history(other));
    return messages.findLast(({ from, deleted_at: deleted }) => from === this.me && deleted === null);
  }

  /** Learns who is connected and which groups there are; quietly does nothing when that fails. */
  async learnNames(): Promise<void> {
    const [sessions, groups] = await Promise.all([
      this.ask((chat) => chat.online()),
      this.ask((chat) => chat.groups()),
    ]).catch(() => [{}, {}] as const);
    for (const { username } of Object.values(sessions)) this.names.add(username);
    for (const group of Object.keys(groups)) this.names.add(`#${group}`);
  }

  /** Forgets whose login it was; what they have not sent is told, and never sent. */
  forget(): void {
    for (const { to, text } of this.#outbox.lines) this.#notSent(to, text);
    this.#outbox.clear();
    this.#times.clear();
    this.names.clear();
    this.#login = undefined;
    this.#position = undefined;
  }

  /** Asks how many messages are unread, when something may have read them. */
  recount(): void {
    void this.#unread.refresh();
  }

  async #follow(chat: Chat): Promise<void> {
    try {
      for await (const event of chat) if (chat === this.#chat) this.#happened(event);
    } catch (reason) {
      if (chat !== this.#chat) return;
      this.#position = chat.position;
      this.#over();
      this.#options.onEnded(reason as Error);
    }
  }

  #over(): void {
    this.#chat = undefined;
    this.#states = undefined;
    this.#conversation = undefined;
    this.#waitMs = undefined;
    this.#lost.reject(new ConnectionLostError('the login has ended'));
    this.#outbox.use(undefined);
    this.#unread.clear();
  }

  #stateIs(state: ChatState): void {
    this.#nextState.resolve(state.state);
    this.#nextState = Promise.withResolvers();
    const wasAway = this.#waitMs !== undefined;
    if (state.state === 'waiting') {
      this.#waitMs = state.waitMs;
      this.#lost.reject(new ConnectionLostError('the connection is lost'));
      if (!wasAway) this.#options.onLost();
    } else if (state.state === 'connected' && wasAway) {
      this.#waitMs = undefined;
      this.#lost = lostLater();
      this.#options.onBack();
      void this.#unread.refresh();
    }
    this.#options.changed();
  }

  #happened(event: ChatEvent): void {
    switch (event.event) {
      case 'message':
        return this.#arrived(event);
      case 'edited':
        return this.#tell(() => this.#options.lines.edited(event, this.me, this.here), event);
      case 'deleted': {
        const sentAt = this.#times.get(event.message);
        return this.#tell(() => this.#options.lines.deleted(event, this.me, this.here, sentAt), event);
      }
      case 'read': {
        const news = event.by === this.here && this.#conversation!.wasRead(event.upto);
        if (news || this.#options.json) this.#tell(() => this.#options.lines.read(event), event);
        return;
      }
      case 'presence': {
        this.names.add(event.username);
        const matters = event.username === this.here;
        if (matters || this.#options.json)
          this.#tell(() => this.#options.lines.presence(event, Date.now()), event);
      }
    }
  }

  #arrived(event: Extract<ChatEvent, { readonly event: 'message' }>): void {
    const other = conversationOf(this.me, event);
    this.names.add(event.from);
    this.names.add(other);
    if (other !== this.here) void this.#unread.refresh();
    else if (!this.#conversation!.take(event)) return;
    this.#remember(event);
    this.#tell(() => this.#options.lines.message(event, this.me, this.here), event);
  }

  #stored({ to, text }: OutboxLine, id: number): void {
    const sent: Shown = {
      id,
      from: this.me,
      ...(to.startsWith('#') ? { to: null, group: to.slice(1) } : { to, group: null }),
      msg: text,
      sent_at: Date.now(),
    };
    this.#remember(sent);
    if (to === this.here) this.#conversation!.sent(id);
    // What one sends to oneself comes as an event too.
    if (to !== this.me) {
      const reply = { status: 'OK', message: 'Message Sent', id };
      this.#tell(() => this.#options.lines.message(sent, this.me, this.here), reply);
    }
    this.#options.changed();
  }

  #refused({ to, text }: OutboxLine, { message }: RefusedError): void {
    this.#tell(() => `Error, ${printable(message)}`, { status: 'ERROR', message });
    this.#notSent(to, text);
    this.#options.changed();
  }

  #notSent(to: string, text: string): void {
    this.#tell(() => this.#options.lines.note(`(not sent to ${to}: ${text})`), {
      status: 'NOT SENT',
      to,
      msg: text,
    });
  }

  #remember({ id, sent_at: at }: Pick<Shown, 'id' | 'sent_at'>): void {
    this.#times.set(id, at);
    if (this.#times.size > TIMES_KEPT) this.#times.delete(this.#times.keys().next().value!);
  }

  #tell(lines: () => string, json: object): void {
    this.#options.print(this.#options.json ? printable(JSON.stringify(json)) : lines());
  }
}

/** Rejects when the connection is lost, whether somebody waits for it or not. */
function lostLater(): PromiseWithResolvers<never> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  return lost;
}
