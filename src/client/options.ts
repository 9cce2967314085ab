import { type Place, placeOf } from './place.ts';
import type { TlsOptions } from './secure.ts';

/**
 * Who logs in. A token is that of a session which exists; with a password beside it the chat logs in anew when the session has ended,
 * and without one it ends then. Usernames, passwords and tokens are one word each.
 */
export type Credentials =
  | { readonly username: string; readonly password: string; readonly token?: string | undefined }
  | { readonly token: string; readonly username?: string | undefined; readonly password?: undefined };

/** How long to wait before the next try to connect: twice as long each time, less up to half of it by chance. In milliseconds. */
export interface ReconnectOptions {
  /** 250 when left out. */
  readonly firstWaitMs?: number | undefined;
  /** 15,000 when left out. */
  readonly longestWaitMs?: number | undefined;
}

/** What has become of a chat's connection. */
export type ChatState =
  /** `sure` is there, and false, when the server's data was replaced and it cannot tell whether something was missed. */
  | { readonly state: 'connected'; readonly sure?: false }
  /** The connection is lost, or could not be made again, for `reason`; the next try is in `waitMs`. */
  | { readonly state: 'waiting'; readonly waitMs: number; readonly reason: Error }
  /** For good. Without a reason: it was closed. */
  | { readonly state: 'ended'; readonly reason?: Error };

export interface ChatOptions {
  /** 127.0.0.1 when left out. */
  readonly host?: string | undefined;
  /** 8889 when left out. */
  readonly port?: number | undefined;
  /** Set: speaks TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Events begin behind this: a `position` that a program has kept, or 0 for all. Left out: from now on. */
  readonly since?: string | number | undefined;
  /** False: is told no events, and so counts as nobody that messages are delivered to. */
  readonly listen?: boolean | undefined;
  /** How long connecting and each reply may take, in milliseconds; then the connection counts as lost. 30,000 when left out. */
  readonly timeout?: number | undefined;
  /** False: a lost connection ends the chat. */
  readonly reconnect?: false | ReconnectOptions | undefined;
  /** How many events wait for the program at most; what comes beyond is forgotten, and fetched again when there is room. 1000 when left out. */
  readonly maxEvents?: number | undefined;
  /** Aborted: the chat ends at once, and all that waits for it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Sees every chunk that the server sends, before it is decoded. */
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
  readonly onState?: ((state: ChatState) => void) | undefined;
}

export type ConnectOptions = ChatOptions & Credentials;

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

const WORD = /^[^ \r\n]+$/;

/** @throws TypeError when it is not one word, for then it would change what the rest of a request means. */
export function oneWord(name: string, value: unknown): string {
  if (typeof value === 'string' && WORD.test(value)) return value;
  throw new TypeError(`${name} must be one word, without spaces`);
}

/** @throws TypeError when it is not a whole number from `least` on. */
export function wholeNumber(name: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number from ${least} on`);
}

/** Options with all that was left out. */
export interface Settings extends Omit<ChatOptions, 'since'> {
  readonly since: Place | undefined;
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly maxEvents: number;
  readonly listen: boolean;
  readonly reconnect: false | { readonly firstWaitMs: number; readonly longestWaitMs: number };
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const wordOrNothing = (name: string, value: unknown): string | undefined =>
  value === undefined ? undefined : oneWord(name, value);

function placeIn(since: unknown): Place {
  const place = placeOf(since);
  if (place) return place;
  throw new TypeError('since must be a position that was kept, or a whole number from 0 on');
}

/** @throws TypeError when an option is no good. */
export function readOptions(options: ConnectOptions): Settings {
  const { token, username, password, since, reconnect } = options;
  if (token === undefined) {
    oneWord('username', username);
    oneWord('password', password);
  }
  const waits: ReconnectOptions = reconnect || {};
  const firstWaitMs = wholeNumber('firstWaitMs', waits.firstWaitMs ?? 250, 1);
  const longestWaitMs = wholeNumber('longestWaitMs', waits.longestWaitMs ?? 15_000, 1);
  return {
    ...options,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 8889,
    timeout: wholeNumber('timeout', options.timeout ?? 30_000, 1),
    maxEvents: wholeNumber('maxEvents', options.maxEvents ?? 1000, 1),
    listen: options.listen ?? true,
    since: since === undefined ? undefined : placeIn(since),
    reconnect: reconnect === false ? false : { firstWaitMs, longestWaitMs },
    token: wordOrNothing('token', token),
    username: wordOrNothing('username', username),
    password: wordOrNothing('password', password),
  };
}
