export {
  type AckOptions,
  Chat,
  type ChatEvent,
  connect,
  type HistoryOptions,
  type PostOptions,
} from './client/chat.ts';
export { ConnectionLostError, RefusedError, type ServerReply } from './client/client.ts';
export type {
  ChatOptions,
  ChatState,
  ConnectOptions,
  Credentials,
  ReconnectOptions,
} from './client/options.ts';
export type {
  ChatEntry,
  GroupEntry,
  Message,
  MessageStatus,
  OnlineSession,
  UserDetail,
} from './client/replies.ts';
export type { TlsOptions } from './client/secure.ts';
