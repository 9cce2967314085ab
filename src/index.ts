export { type Chat, connect } from './client/chat.ts';
export { ConnectionLostError, ProtocolError, RefusedError } from './client/errors.ts';
export type { ChatEvent } from './client/event-queue.ts';
export type {
  AckOptions,
  ChatOptions,
  ChatState,
  ConnectOptions,
  Credentials,
  HistoryOptions,
  PostOptions,
  ReconnectOptions,
} from './client/options.ts';
export type {
  ChatEntry,
  FoundMessages,
  GroupEntry,
  Message,
  MessageStatus,
  OnlineSession,
  ServerReply,
  UserDetail,
} from './client/replies.ts';
export type { TlsOptions } from './client/secure.ts';
