import { ChatClient, type ClientOptions, ConnectionLostError, type ServerReply } from '../client/client.ts';
import { printable } from '../printable.ts';
import { frameText } from '../protocol/request.ts';
import { pythonBytes, showMessages } from './display.ts';

const CHUNK_BYTES = 64;

const messages = {
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

const failure = (text: string): Outcome => ({ ok: false, text });
const unreachable = ({ advice }: { readonly advice?: string | undefined } = {}): Outcome => ({
  ...failure(messages.unreachable),
  ...(advice === undefined ? {} : { advice: printable(advice) }),
});

/**
 * What the client does with a typed line (brief, "Command-line client"), without the screen. Holds the
 * connection and the login; a lost connection keeps the login, for its token is good on the next one.
 */
export class ChatSession {
  readonly #options: ClientOptions;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #onLost: () => void;
  #client: ChatClient | undefined;
  #busy = false;
  /** Set while the client asks for itself: no trace then. */
  #quiet = false;
  #token: string | undefined;
  readonly #known = new Set<string>();

  /** `trace` gets the traffic, line by line. `onLost` is called when the server goes away while nothing is asked. */
  constructor(
    options: Omit<ClientOptions, 'onChunk'>,
    trace: ((line: string) => void) | undefined,
    onLost: () => void,
  ) {
    this.#options = trace ? { ...options, onChunk: (chunk) => this.#showChunk(chunk) } : options;
    this.#trace = trace;
    this.#onLost = onLost;
  }

  get prompt(): string {
    return this.#token === undefined ? 'Command :' : `Command ${printable(this.#token)}:`;
  }

  /** The usernames seen so far, for completion. */
  get knownUsers(): readonly string[] {
    return [...this.#known];
  }

  async run(line: string): Promise<Outcome> {
    const [name = '', ...words] = line.trimEnd().split(' ');
    switch (name) {
      case 'auth':
        return words.length < 2 ? failure(messages.missingArgument) : this.#auth(words[0]!, words[1]!);
      case 'send': {
        const text = line.slice(`send ${words[0]} `.length);
        return words.length < 2 || !words[0] ? failure(messages.missingArgument) : this.#send(words[0], text);
      }
      case 'inbox':
        return this.#authorized((token) => this.#show(`inbox ${token}`));
      case 'online':
        return this.#authorized((token) => this.#show(`online ${token}`));
      case 'logout':
        return this.#authorized((token) => this.#logout(token));
      case 'connect':
        return this.connect();
      default:
        return failure(messages.unknownCommand);
    }
  }

  /** Connects, or connects again. */
  async connect(): Promise<Outcome> {
    await this.close();
    try {
      const client = await ChatClient.connect(this.#options);
      this.#client = client;
      void client.closed.then(() => this.#lost(client));
      return { ok: true, text: `connected to ${this.#options.host}:${this.#options.port}` };
    } catch (error) {
      if (error instanceof ConnectionLostError) return unreachable(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#quiet = true;
    await client?.close();
    this.#quiet = false;
  }

  /** Refreshes the known users from who is online; quietly does nothing when that fails. */
  async learnUsers(): Promise<void> {
    if (this.#token === undefined || !this.#client || this.#busy) return;
    this.#quiet = true;
    const sessions = await this.#client.online(this.#token).catch(() => ({}));
    this.#quiet = false;
    for (const { username } of Object.values(sessions)) this.#known.add(username);
  }

  #lost(client: ChatClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (!this.#busy) this.#onLost();
  }

  async #auth(username: string, password: string): Promise<Outcome> {
    return this.#ask(`auth ${username} ${password}`, ({ body }) => {
      this.#token = String(body.tokenid);
      this.#known.add(username);
      return `username ${username} logged in, token ${this.#token}`;
    });
  }

  #send(username: string, text: string): Promise<Outcome> {
    return this.#authorized((token) => {
      const request = `send ${token} ${username} ${frameText(text)}`;
      this.#trace?.(request);
      return this.#ask(request, () => {
        this.#known.add(username);
        return `message sent to ${username}`;
      });
    });
  }

  #show(request: string): Promise<Outcome> {
    return this.#ask(request, ({ text }) => showMessages(text));
  }

  #logout(token: string): Promise<Outcome> {
    return this.#ask(`logout ${token}`, ({ body }) => {
      this.#token = undefined;
      return String(body.messages);
    });
  }

  async #authorized(act: (token: string) => Promise<Outcome>): Promise<Outcome> {
    return this.#token === undefined ? failure(messages.notAuthorized) : act(this.#token);
  }

  async #ask(request: string, succeed: (reply: ServerReply) => string): Promise<Outcome> {
    if (!this.#client) return unreachable();
    this.#busy = true;
    try {
      const reply = await this.#client.request(request);
      this.#trace?.('end of string');
      const text = reply.ok ? succeed(reply) : `Error, ${String(reply.body.message)}`;
      return { ok: reply.ok, text: printable(text), reply: reply.text };
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      // Said here, so not once more by #lost.
      this.#client = undefined;
      return unreachable(error);
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
