import { randomUUID } from 'node:crypto';
import { refusals } from '../protocol/reply.ts';
import { frameText } from '../protocol/request.ts';
import { call } from './call.ts';
import type { ChatEvent } from './event-queue.ts';
import { KeptConnection } from './kept-connection.ts';
import {
  type AckOptions,
  type ConnectOptions,
  type HistoryOptions,
  oneWord,
  type PostOptions,
  readOptions,
  type Settings,
  wholeNumber,
} from './options.ts';
import { positionOf } from './place.ts';
import { type Reader, readers } from './readers.ts';
import type {
  ChatEntry,
  FoundMessages,
  GroupEntry,
  Message,
  MessageStatus,
  OnlineSession,
  ServerReply,
  UserDetail,
} from './replies.ts';

/**
 * Connects, logs in and listens.
 *
 * @throws ConnectionLostError when the server cannot be reached: the first time is not tried again. ProtocolError when it is no such server.
 * @throws RefusedError when the server refuses the login.
 * @throws TypeError when an option is no good.
 */
export async function connect(options: ConnectOptions): Promise<Chat> {
  const settings = readOptions(options);
  return new Chat(await KeptConnection.open(settings), settings);
}

/**
 * A login to a chat server that outlives its connections: a lost one is made again, and all goes on where it was.
 *
 * Every call rejects with RefusedError when the server refuses, with TypeError when an argument is no good, and when the chat has
 * ended with what it ended with: ConnectionLostError behind `close`, RefusedError when the session is over and there is no password
 * to begin another, the signal's reason. Until then calls wait for a connection, unless ProtocolError says that the other side is not a
 * benang server. A call whose connection is lost before the reply is
 * made again on the next one, and one that the server could not do now after a wait, unless it says that it is not repeated: that one
 * rejects, and may have been done. Told not to reconnect, none is repeated.
 *
 * Users, groups and keys are one word each, texts are one line. `#name` is the conversation with the members of a group.
 */
export class Chat implements AsyncIterable<ChatEvent>, AsyncDisposable {
  readonly #connection: KeptConnection;
  readonly #settings: Settings;
  readonly #repeat: boolean;
  #iterated = false;

  /** @internal Made by `connect`. */
  constructor(connection: KeptConnection, settings: Settings, repeat = true) {
    this.#connection = connection;
    this.#settings = settings;
    this.#repeat = repeat;
  }

  /** @internal The same chat, whose calls are not repeated. */
  once(): Chat {
    return new Chat(this.#connection, this.#settings, false);
  }

  /** Undefined when a token alone was given: a token does not tell. */
  get username(): string | undefined {
    return this.#settings.username;
  }

  /** Of the session in use. It changes when the server no longer knows it and the password begins another. */
  get token(): string {
    return this.#connection.token;
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  /**
   * Where the program is: at the last event that was handed out, or where events begin. A program that keeps it, once it is done with
   * the event, and connects with it as `since` hears all that came behind it. It begins with the event's number, and says which
   * database has given that.
   */
  get position(): string {
    return positionOf(this.#connection.events.place);
  }

  /** While there is no connection: tries to make one now, and not only when the wait is over. `onState` tells what comes of it. */
  hurry(): void {
    this.#connection.hurry();
  }

  /** Sends one request line as it is, without its end, and resolves to the reply, which may be an error. Not repeated. */
  async request(line: string): Promise<ServerReply> {
    const { client } = await this.#connection.login();
    return client.request(line);
  }

  /**
   * What happens, in order: messages, corrections and deletions each once, whatever becomes of the connection and however slowly they
   * are taken. `presence` and `read` come only while there is a connection and room for them.
   *
   * Ends when the chat is closed, and throws what the chat has ended with otherwise, behind the last event. One loop at a time; the next
   * goes on where the last one was left.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ChatEvent, void, undefined> {
    if (!this.#settings.listen) throw new TypeError('this chat was told not to listen');
    if (this.#iterated) throw new TypeError('events are taken by one loop at a time');
    this.#iterated = true;
    try {
      for (;;) {
        const event = await this.#connection.events.take();
        if (!event) return;
        yield event;
      }
    } finally {
      this.#iterated = false;
    }
  }

  /**
   * Sends a message to a user or, as `#name`, to a group. Resolves to its number when it is stored for good; however often that had to
   * be tried, it is stored once.
   */
  async post(to: string, text: string, { key = randomUUID() }: PostOptions = {}): Promise<number> {
    return this.#ask(readers.id, 'post', oneWord('key', key), oneWord('to', to), frameText(text));
  }

  /** All messages up to this number have been read. */
  async ack(id: number, { with: other }: AckOptions = {}): Promise<void> {
    await this.#ask(
      readers.done,
      'ack',
      number('id', id),
      ...(other === undefined ? [] : ['with', oneWord('with', other)]),
    );
  }

  /** Gives a message that one has sent another text. */
  async edit(id: number, text: string): Promise<void> {
    await this.#ask(readers.done, 'edit', number('id', id), frameText(text));
  }

  /** Takes back a message that one has sent. */
  async delete(id: number): Promise<void> {
    await this.#askUnlessDone(refusals.noSuchMessage, 'delete', number('id', id));
  }

  /** What has become of a message that one has sent. */
  async status(id: number): Promise<MessageStatus> {
    return this.#ask(readers.status, 'status', number('id', id));
  }

  /** The last messages with a user or in a group, oldest first. Reading removes nothing. */
  async history(other: string, { before, limit }: HistoryOptions = {}): Promise<Message[]> {
    const options = [
      ...(before === undefined ? [] : ['before', number('before', before)]),
      ...(limit === undefined ? [] : ['limit', number('limit', limit)]),
    ];
    return this.#ask(readers.list, 'history', oneWord('with', other), ...options);
  }

  /** The last 50 messages of one's conversations that have all these words, oldest first. */
  async search(words: string): Promise<FoundMessages> {
    return this.#ask(readers.found, 'search', frameText(words));
  }

  /** Who has sent what was not read, and one's groups: by username or `#group`. */
  async chats(): Promise<Record<string, ChatEntry>> {
    return this.#ask(readers.chats, 'chats');
  }

  /** The sessions with a live connection, by their public ids, of one user the first 100 at the most. */
  async online(): Promise<Record<string, OnlineSession>> {
    const all: Record<string, OnlineSession> = {};
    for (let after = 0; ; ) {
      const behind = after === 0 ? [] : ['after', String(after)];
      const { page, next } = await this.#ask(readers.online, 'online', ...behind);
      Object.assign(all, page);
      // A server that says so for ever shows nobody new.
      if (next === undefined || next <= after) return all;
      after = next;
    }
  }

  /** Makes a group and joins it; with a password, who joins needs it. Not repeated. */
  async addGroup(group: string, password?: string): Promise<void> {
    const words = [oneWord('group', group), ...optionalWord('password', password)];
    await call(this.#connection, { command: 'addgroup', words, read: readers.done, repeat: false });
  }

  /** Events tell what is sent to it from then on. */
  async joinGroup(group: string, password?: string): Promise<void> {
    const words = [oneWord('group', group), ...optionalWord('password', password)];
    await this.#askUnlessDone(refusals.memberAlready, 'joingroup', ...words);
  }

  async leaveGroup(group: string): Promise<void> {
    await this.#askUnlessDone(refusals.notMember, 'leavegroup', oneWord('group', group));
  }

  /** One's groups, by name. */
  async groups(): Promise<Record<string, GroupEntry>> {
    return this.#ask(readers.groups, 'getgroups');
  }

  /** Who is in a group of one's own, by username. */
  async members(group: string): Promise<Record<string, UserDetail>> {
    const all: [string, UserDetail][] = [];
    for (let last = ''; ; last = lastOf(all)) {
      const behind = last === '' ? [] : ['after', last];
      const { page, more } = await this.#ask(readers.members, 'members', oneWord('group', group), ...behind);
      all.push(...Object.entries(page));
      // A server that says so for ever shows nobody new.
      if (!more || lastOf(all) === last) return Object.fromEntries(all);
    }
  }

  /** What this user sends from now on is hidden; they do not learn of it. */
  async block(username: string): Promise<void> {
    await this.#ask(readers.done, 'block', oneWord('username', username));
  }

  async unblock(username: string): Promise<void> {
    await this.#ask(readers.done, 'unblock', oneWord('username', username));
  }

  /** The usernames that are blocked. */
  async blocks(): Promise<string[]> {
    return this.#ask(readers.names, 'blocks');
  }

  /** Ends the session, so that its token is worth nothing any more, and closes. */
  async logout(): Promise<void> {
    await this.#askUnlessDone(refusals.noSession, 'logout');
    await this.close();
  }

  /**
   * Leaves in order; resolves when the connection is gone. What was asked on it is still answered; what waits for another rejects. Events
   * that were not taken are not handed out any more: they come again behind `position`.
   */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask<T>(read: Reader<T>, command: string, ...words: readonly string[]): Promise<T> {
    return call(this.#connection, { command, words, read, repeat: this.#repeat });
  }

  /** For what is refused the second time, and how. */
  async #askUnlessDone(refusal: string, command: string, ...words: readonly string[]): Promise<void> {
    const doneBefore = { refusal, value: undefined };
    await call(this.#connection, { command, words, read: readers.done, repeat: this.#repeat, doneBefore });
  }
}

const number = (name: string, value: number): string => String(wholeNumber(name, value));

const optionalWord = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [oneWord(name, value)];

/** By username, in the server's order; an object's keys that look like numbers are in another. */
const lastOf = (members: readonly [string, UserDetail][]): string =>
  members.reduce((last, [username]) => (username > last ? username : last), '');
