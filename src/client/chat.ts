import type { ServerEvent } from '../protocol/event.ts';
import type { ServerReply } from './client.ts';
import type { ConnectOptions } from './options.ts';
import type { ChatEntry, GroupEntry, Message, MessageStatus, OnlineSession, UserDetail } from './replies.ts';

/** What happens, as a program is told of it. */
export type ChatEvent = Exclude<ServerEvent, { readonly event: 'dropped' }>;

export interface HistoryOptions {
  /** Only messages with a smaller number. */
  readonly before?: number | undefined;
  /** 50 when left out; 200 at most. */
  readonly limit?: number | undefined;
}

export interface PostOptions {
  /** Marks the message: what is posted again with the same key is not stored again. At most 64 characters, no space. A random one when left out. */
  readonly key?: string | undefined;
}

export interface AckOptions {
  /** Only in the conversation with this user or `#group`. */
  readonly with?: string | undefined;
}

/**
 * Connects, logs in and listens.
 *
 * @throws ConnectionLostError when the server cannot be reached: the first time is not tried again.
 * @throws RefusedError when the server refuses the login.
 */
export async function connect(options: ConnectOptions): Promise<Chat> {
  throw new Error(`not there yet: ${options.host}`);
}

/** A login to a chat server that outlives its connections. */
export declare class Chat implements AsyncIterable<ChatEvent>, AsyncDisposable {
  get username(): string | undefined;
  get token(): string;
  get connected(): boolean;
  get position(): number;
  request(line: string): Promise<ServerReply>;
  [Symbol.asyncIterator](): AsyncGenerator<ChatEvent, void, undefined>;
  post(to: string, text: string, options?: PostOptions): Promise<number>;
  ack(id: number, options?: AckOptions): Promise<void>;
  edit(id: number, text: string): Promise<void>;
  delete(id: number): Promise<void>;
  status(id: number): Promise<MessageStatus>;
  history(other: string, options?: HistoryOptions): Promise<Message[]>;
  search(words: string): Promise<Message[]>;
  chats(): Promise<Record<string, ChatEntry>>;
  online(): Promise<Record<string, OnlineSession>>;
  addGroup(group: string, password?: string): Promise<void>;
  joinGroup(group: string, password?: string): Promise<void>;
  leaveGroup(group: string): Promise<void>;
  groups(): Promise<Record<string, GroupEntry>>;
  members(group: string): Promise<Record<string, UserDetail>>;
  block(username: string): Promise<void>;
  unblock(username: string): Promise<void>;
  blocks(): Promise<string[]>;
  logout(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
