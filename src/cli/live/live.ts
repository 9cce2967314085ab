import { setTimeout as sleep } from 'node:timers/promises';
import type { Chat } from '../../client/chat.ts';
import type { RefusedError, ServerReply } from '../../client/client.ts';
import type { ChatEvent } from '../../client/event-queue.ts';
import type { ChatOptions } from '../../client/options.ts';
import type { Message } from '../../client/replies.ts';
import type { Login } from '../session.ts';
import { Conversation, type Opened } from './conversation.ts';
import { conversationOf, counted, type Lines, type Shown } from './lines.ts';
import { Link } from './link.ts';
import { Outbox, type OutboxLine } from './outbox.ts';
import { Reporter } from './reporter.ts';
import { Unread } from './unread.ts';

/** Whoever leaves waits for so long for what is not sent, behind the last line that was. */
const PATIENCE_MS = 10_000;

export interface LiveOptions {
  readonly server: ChatOptions;
  readonly lines: Lines;
  /** Events are shown as JSON. */
  readonly json: boolean;
  readonly print: (text: string) => void;
  /** The prompt is another now. */
  readonly changed: () => void;
  readonly onLost: (reason: Error) => void;
  readonly onBack: () => void;
  /** The login has ended for good, but not by `end`. */
  readonly onEnded: (reason: Error) => void;
}

/**
 * A login that listens: shows what happens as it happens, sends what is typed in a conversation, and goes on by itself when the connection
 * was lost, nothing shown or sent twice.
 */
export class Live {
  readonly #options: LiveOptions;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #unread: Unread;
  readonly #reporter: Reporter;
  /** Users and groups that have been heard of, for completion. */
  readonly names = new Set<string>();
  #conversation: Conversation | undefined;
  #opened = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#reporter = new Reporter(options.lines, options.json, options.print);
    this.#link = new Link(options.server, {
      happened: (event) => this.#happened(event),
      lost: (reason) => {
        options.onLost(reason);
        for (const line of this.#outbox.lines) this.#reporter.waiting(this.#messageOf(line), this.here);
      },
      back: () => {
        this.#outbox.connected();
        options.onBack();
        this.recount();
      },
      unsure: () => this.#reporter.unsure(),
      changed: options.changed,
      ended: (reason) => {
        this.#over();
        options.onEnded(reason);
      },
    });
    this.#outbox = new Outbox({
      stored: (line, id) => this.#stored(line, id),
      refused: (line, reason) => this.#refused(line, reason),
      slow: (line) => this.#reporter.waiting(this.#messageOf(line), this.here),
    });
    this.#unread = new Unread(() => this.ask((chat) => chat.chats()), options.changed);
  }

  /** Whether somebody is logged in. */
  get begun(): boolean {
    return this.#link.chat !== undefined;
  }

  /** The username. */
  get me(): string {
    return this.#link.username!;
  }

  /** Whom the open conversation is with. */
  get here(): string | undefined {
    return this.#conversation?.with;
  }

  /** How many conversations were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** What stands before the prompt, in square brackets; empty when there is nothing to say. */
  get notice(): string {
    if (!this.begun) return '';
    const { waitMs } = this.#link;
    const unread = this.#unread.beside(this.here);
    const unsent = this.#outbox.lines.length;
    const parts = [
      ...(waitMs === undefined ? [] : [`offline, trying again in ${Math.ceil(waitMs / 1000)} s`]),
      ...(waitMs !== undefined && unsent > 0 ? [`${unsent} unsent`] : []),
      ...(unread > 0 ? [`${counted(unread)} unread`] : []),
    ];
    return parts.length > 0 ? `[${parts.join(', ')}] ` : '';
  }

  /** See Link.begin. What another user has not sent is told and forgotten. */
  async begin(login: Login): Promise<void> {
    if (login.username !== this.#link.username) this.forget();
    this.#over();
    await this.#link.begin(login);
    this.names.add(login.username);
    this.#outbox.use(this.#link.chat);
    this.recount();
  }

  /** Stops listening; the server keeps the session. */
  async end(): Promise<void> {
    this.#over();
    await this.#link.end();
  }

  /** See Link.ask. */
  ask<T>(ask: (chat: Chat) => Promise<T>): Promise<T> {
    return this.#link.ask(ask);
  }

  /** As Chat.request, but at once or not at all. */
  request(line: string): Promise<ServerReply> {
    return this.ask((chat) => chat.request(line));
  }

  /** See Link.hurry. */
  hurry(): Promise<boolean> {
    return this.#link.hurry();
  }

  /** Opens a conversation, with a user or with a `#group`; resolves to the last messages, and those that came meanwhile, which are shown then. */
  async enter(other: string): Promise<Pick<Opened, 'unread'> & { readonly messages: readonly Shown[] }> {
    const before = this.#conversation;
    const forget = () => this.#unread.forget(other);
    const conversation = new Conversation(other, this.me, this.#link.chat!, forget);
    // From here on what comes there is held back.
    this.#conversation = conversation;
    try {
      const { messages, held, unread } = await this.ask((chat) => conversation.open(chat));
      this.names.add(other);
      this.#opened += 1;
      for (const message of [...messages, ...held]) this.#reporter.remember(message);
      conversation.shown();
      return { messages: [...messages, ...held], unread };
    } catch (error) {
      this.#conversation = before;
      for (const event of conversation.held) this.#arrived(event);
      throw error;
    } finally {
      this.#options.changed();
    }
  }

  /** How many messages of the open conversation are unread and were not shown, for they are too many or too long. */
  get older(): number {
    return this.#conversation?.older ?? 0;
  }

  /** Resolves to the messages before those that are shown. */
  async showOlder(): Promise<readonly Message[]> {
    const conversation = this.#conversation!;
    const messages = await this.ask((chat) => conversation.showOlder(chat));
    conversation.shown();
    return messages;
  }

  leave(): void {
    this.#conversation = undefined;
    this.#options.changed();
  }

  /** Sends a line to the open conversation, now or when the connection is back. */
  say(text: string): void {
    this.#outbox.add(this.here!, text);
    if (this.#link.chat?.connected) return;
    this.#reporter.waiting(this.#messageOf({ to: this.here!, text }), this.here);
    this.#options.changed();
  }

  /** Resolves when all that was typed is sent, or cannot be sent now, or nothing was sent for a while. */
  async sent(): Promise<void> {
    const unsent = (): number => this.#outbox.lines.length;
    for (let before = Number.POSITIVE_INFINITY; unsent() > 0 && unsent() < before; ) {
      before = unsent();
      const over = new AbortController();
      const patience = sleep(PATIENCE_MS, undefined, { signal: over.signal }).catch(() => {});
      await this.ask(() => Promise.race([this.#outbox.empty(), patience])).catch(() => {});
      over.abort();
    }
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
    const { lines, perhapsStored } = this.#outbox;
    for (const line of lines) this.#reporter.notSent(line.to, line.text, { perhaps: line === perhapsStored });
    this.#outbox.clear();
    this.#reporter.forget();
    this.names.clear();
    this.#link.forget();
  }

  /** Asks how many messages are unread, when something may have read them. */
  recount(): void {
    void this.#unread.refresh();
  }

  #over(): void {
    this.#conversation = undefined;
    this.#outbox.use(undefined);
    this.#unread.clear();
  }

  #happened(event: ChatEvent): void {
    if (event.event === 'message') return this.#arrived(event);
    if (event.event === 'deleted') this.recount();
    if (event.event === 'presence') this.names.add(event.username);
    const matters =
      (event.event === 'presence' && event.username === this.here) ||
      (event.event === 'read' && event.by === this.here && this.#conversation!.wasRead(event.upto));
    this.#reporter.event(event, this.me, this.here, matters);
  }

  #arrived(event: Extract<ChatEvent, { readonly event: 'message' }>): void {
    const other = conversationOf(this.me, event);
    this.names.add(event.from);
    this.names.add(other);
    if (other !== this.here) this.recount();
    else if (!this.#conversation!.take(event)) return;
    this.#reporter.event(event, this.me, this.here, true);
  }

  #stored(line: OutboxLine, id: number): void {
    if (line.to === this.here) this.#conversation!.sent(id);
    // What one sends to oneself comes as an event.
    if (line.to !== this.me) this.#reporter.sent({ id, ...this.#messageOf(line) }, this.here);
    this.#options.changed();
  }

  #refused({ to, text }: OutboxLine, { message }: RefusedError): void {
    this.#reporter.notSent(to, text, { reason: message });
    this.#options.changed();
  }

  #messageOf({ to, text }: Pick<OutboxLine, 'to' | 'text'>): Omit<Shown, 'id'> {
    const names = to.startsWith('#') ? { to: null, group: to.slice(1) } : { to, group: null };
    return { from: this.me, ...names, msg: text, sent_at: Date.now() };
  }
}
