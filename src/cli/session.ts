import {
  ChatClient,
  type ClientOptions,
  ConnectionLostError,
  type ReceivedMessage,
  type ServerReply,
} from '../client/client.ts';
import { readers } from '../client/readers.ts';
import { printable } from '../printable.ts';
import { REPLY_END } from '../protocol/reply.ts';
import { frameText } from '../protocol/request.ts';
import { pythonBytes, showMessages } from './display.ts';

const CHUNK_BYTES = 64;

/** What is shown when something does not go well (brief, "Command-line client"). */
export const failures = {
  unreachable: 'Error, Gagal',
  notAuthorized: 'Error, not authorized',
  missingArgument: '-Maaf, command tidak benar',
  unknownCommand: '*Maaf, command tidak benar',
} as const;

/**
 * What came of a typed line: the text to show, and whether all went well. `reply` is the server's JSON, if it was asked;
 * `advice` says what may help, when that is known.
 */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
  readonly reply?: string;
  readonly advice?: string;
}

export const failure = (text: string, advice?: string): Outcome => ({
  ok: false,
  text,
  ...(advice === undefined ? {} : { advice: printable(advice) }),
});
const unreachable = (advice?: string): Outcome => failure(failures.unreachable, advice);

/** What a session asks over: a connection, or a chat that outlives its connections. */
export type Line = Pick<ChatClient, 'request'>;

/** Makes lines for a terminal of what an inbox holds, by username. */
export type ShowInbox = (messages: Readonly<Record<string, readonly ReceivedMessage[]>>) => string;

export interface Login {
  readonly username: string;
  readonly token: string;
}

/**
 * What the client does with a typed line (brief, "Command-line client"), without the screen. Holds the
 * connection and the login; a lost connection keeps the login, for its token is good on the next one.
 */
export class ChatSession {
  readonly #options: ClientOptions;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #onLost: (advice: string | undefined) => void;
  readonly #showInbox: ShowInbox | undefined;
  /** A connection of its own. */
  #client: ChatClient | undefined;
  /** What it was lent instead. */
  #lent: Line | undefined;
  /** What is known of why there is no connection. */
  #gone: string | undefined;
  #busy = false;
  /** Set while the client asks for itself: no trace then. */
  #quiet = false;
  #login: Login | undefined;
  readonly #known = new Set<string>();

  /** `trace` gets the traffic, line by line. `onLost` is called when the server goes away while nothing is asked, with what is known of why. */
  constructor(
    options: Omit<ClientOptions, 'onChunk'>,
    trace: ((line: string) => void) | undefined,
    onLost: (advice: string | undefined) => void,
    showInbox?: ShowInbox,
  ) {
    this.#options = trace ? { ...options, onChunk: (chunk) => this.#showChunk(chunk) } : options;
    this.#trace = trace;
    this.#onLost = onLost;
    this.#showInbox = showInbox;
  }

  get prompt(): string {
    return this.#login ? `Command ${printable(this.#login.token)}:` : 'Command :';
  }

  get login(): Login | undefined {
    return this.#login;
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  get connected(): boolean {
    return this.#client !== undefined || this.#lent !== undefined;
  }

  /** Asks over this line from now on, and not over a connection of its own; undefined takes it back. */
  async borrow(line: Line | undefined): Promise<void> {
    this.#lent = line;
    if (line) await this.close();
  }

  /** The login is worth nothing any more. */
  forgetLogin(): void {
    this.#login = undefined;
  }

  /** The usernames seen so far, for completion. */
  get knownUsers(): readonly string[] {
    return [...this.#known];
  }

  async run(line: string): Promise<Outcome> {
    const [name = '', ...words] = line.trimEnd().split(' ');
    switch (name) {
      case 'auth':
        return words.length < 2
          ? failure(failures.missingArgument)
          : this.#begin(`auth ${words[0]} ${words[1]}`, words[0]!);
      case 'send': {
        const text = line.slice(`send ${words[0]} `.length);
        return words.length < 2 || !words[0] ? failure(failures.missingArgument) : this.#send(words[0], text);
      }
      case 'inbox':
        return this.#authorized((token) =>
          this.#ask(`inbox ${token}`, (reply) => {
            const messages = readers.inbox(reply.body);
            return this.#showInbox?.(messages) ?? showMessages(reply);
          }),
        );
      case 'online':
        return this.#authorized((token) =>
          this.#ask(`online ${token}`, (reply) => {
            const { more } = readers.online(reply.body);
            return more === 0 ? showMessages(reply) : `${showMessages(reply)}\n(and ${more} more)`;
          }),
        );
      case 'logout':
        return this.logout();
      case 'connect':
        return this.connect();
      default:
        return failure(failures.unknownCommand);
    }
  }

  /** Makes an account and logs in to it. The words are those of the request `register`. */
  register(words: readonly string[]): Promise<Outcome> {
    return this.#begin(`register ${words.join(' ')}`, words[2]!);
  }

  /** `which`: another session of the same user, by its id, or all. */
  logout(which?: string): Promise<Outcome> {
    return this.#authorized((token) =>
      this.#ask(which === undefined ? `logout ${token}` : `logout ${token} ${which}`, ({ body }) => {
        if (which === undefined || which === 'all') this.#login = undefined;
        return printable(String(body.messages));
      }),
    );
  }

  /** Connects, or connects again. */
  async connect(): Promise<Outcome> {
    await this.close();
    try {
      const client = await ChatClient.connect(this.#options);
      this.#client = client;
      this.#gone = undefined;
      void client.closed.then(({ advice }) => this.#lost(client, advice));
      return { ok: true, text: printable(`connected to ${this.#options.host}:${this.#options.port}`) };
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      this.#gone = error.advice;
      return unreachable(error.advice);
    }
  }

  /** Closes the connection of its own. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#quiet = true;
    await client?.close();
    this.#quiet = false;
  }

  /** Refreshes the known users from who is online; quietly does nothing when that fails. */
  async learnUsers(): Promise<void> {
    if (!this.#login || !this.#client || this.#busy) return;
    this.#quiet = true;
    const { page } = await this.#client.online(this.#login.token).catch(() => ({ page: {} }));
    this.#quiet = false;
    for (const { username } of Object.values(page)) this.#known.add(username);
  }

  #lost(client: ChatClient, advice: string | undefined): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#gone = advice;
    if (!this.#busy) this.#onLost(advice);
  }

  #begin(request: string, username: string): Promise<Outcome> {
    return this.#ask(request, ({ body }) => {
      this.#login = { username, token: readers.token(body) };
      this.#known.add(username);
      return printable(`username ${username} logged in, token ${this.#login.token}`);
    });
  }

  #send(username: string, text: string): Promise<Outcome> {
    return this.#authorized((token) => {
      const request = `send ${token} ${username} ${frameText(text)}`;
      this.#trace?.(request);
      return this.#ask(request, () => {
        this.#known.add(username);
        return printable(`message sent to ${username}`);
      });
    });
  }

  async #authorized(act: (token: string) => Promise<Outcome>): Promise<Outcome> {
    return this.#login ? act(this.#login.token) : failure(failures.notAuthorized);
  }

  async #ask(request: string, succeed: (reply: ServerReply) => string): Promise<Outcome> {
    const line = this.#lent ?? this.#client;
    if (!line) return unreachable(this.#gone);
    this.#busy = true;
    try {
      const reply = await line.request(request);
      // What else comes over a lent line is not what this request was answered with.
      if (this.#trace && line === this.#lent) this.#showChunk(Buffer.from(`${reply.text}${REPLY_END}`));
      this.#trace?.('end of string');
      const text = reply.ok ? succeed(reply) : printable(`Error, ${String(reply.body.message)}`);
      return { ok: reply.ok, text, reply: reply.text };
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      // Said here, so not once more by #lost.
      if (line === this.#client) {
        this.#client.reset();
        this.#client = undefined;
      }
      this.#gone = error.advice;
      return unreachable(error.advice);
    } finally {
      this.#busy = false;
    }
  }

  #showChunk(chunk: Buffer): void {
    if (this.#quiet) return;
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
      this.#trace!(`diterima dari server ${pythonBytes(chunk.subarray(start, start + CHUNK_BYTES))}`);
    }
  }
}
