import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { printable } from '../printable.ts';
import type { ServerEvent } from '../protocol/event.ts';
import { frameText } from '../protocol/request.ts';
import { ConnectionLostError, ProtocolError, RefusedError } from './errors.ts';
import { type Place, wordsOf } from './place.ts';
import { type ReachOptions, reach } from './reach.ts';
import { type OnlinePage, type Reader, readers } from './readers.ts';
import { readEvent, readReply } from './receive.ts';
import type { ReceivedMessage, ServerReply } from './replies.ts';
import { ReplyDecoder } from './reply-decoder.ts';

export { ConnectionLostError, ProtocolError, type ReceivedMessage, RefusedError, type ServerReply };

export interface ClientOptions extends ReachOptions {
  /** How long each reply may take as well. */
  readonly timeout: number;
  /** Sees every chunk that the server sends, before it is decoded. */
  readonly onChunk?: ((chunk: Buffer) => void) | undefined;
  /**
   * A line on which nothing has moved for this long, in milliseconds, is probed with a request, so that one that is frozen counts as
   * lost no later than `timeout` behind it. Without it only a request finds that out.
   */
  readonly probe?: { readonly after: number; readonly request: () => string } | undefined;
}

/** Takes an event; `size` is its length in bytes, as it came. */
export type Hear = (event: ServerEvent, size: number) => void;

interface Pending {
  readonly resolve: (reply: ServerReply) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
  /** Called with the reply at once, before whatever comes behind it is looked at. */
  readonly first: ((reply: ServerReply) => void) | undefined;
  /** Whether the reply carries messages. */
  readonly delivers: boolean;
  /** Whether the reply is often the same as the last, and may share its body. */
  readonly repeats: boolean;
}

const SILENT =
  'the server has closed the connection without a word: if it speaks TLS, use --tls, and --ca FILE when its CA is your own';

const EVENT_START = '{"event": ';

const LONG_REPLY = 4096;
/** The last long list on any connection: one that has not changed comes again letter by letter, and is not parsed again. */
let lastLong: ServerReply = { ok: false, text: '', body: {} };

/** What ends a line ends a request: a LF, with a CR before it or without. */
const SEVERAL_LINES = /\n|\r$/;

/** @throws RefusedError when the reply is an error. */
export function accept({ ok, body }: ServerReply): ServerReply['body'] {
  if (!ok) throw new RefusedError(String(body.message));
  return body;
}

function readRepeated(text: string): ServerReply {
  if (text.length < LONG_REPLY) return readReply(text);
  if (text !== lastLong.text) lastLong = readReply(text);
  return lastLong;
}

/** A connection to a chat server. Requests may overlap; replies come in their order, and events between them. */
export class ChatClient {
  /** Resolves, once, when the connection is gone, whoever ended it, to what its open requests were rejected with. */
  readonly closed: Promise<ConnectionLostError>;
  readonly #socket: Socket;
  /** The TCP socket: under TLS the one beneath, else the same. */
  readonly #carrier: Socket;
  readonly #timeout: number;
  readonly #pending: Pending[] = [];
  readonly #decoder = new ReplyDecoder();
  #watch: NodeJS.Timeout | undefined;
  #hear: Hear | undefined;
  #failure: Error | undefined;
  #heard = false;
  /** What the server has said unasked: why it ends the connection. */
  #farewell: string | undefined;
  /** A reply has carried messages and no request has gone behind it. */
  #unconfirmed = false;

  private constructor(socket: Socket, carrier: Socket, { timeout, onChunk, probe }: ClientOptions) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.#timeout = timeout;
    const { promise, resolve } = Promise.withResolvers<ConnectionLostError>();
    this.closed = promise;
    socket.on('data', (chunk: Buffer) => {
      this.#heard = true;
      onChunk?.(chunk);
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.#failure ??= error;
    });
    socket.on('close', () => {
      clearTimeout(this.#watch);
      const lost = this.#whyLost();
      for (const { reject } of this.#pending.splice(0)) reject(lost);
      resolve(lost);
    });
    if (!probe) return;
    // Node begins anew with every byte that moves.
    socket.setTimeout(probe.after, () => {
      if (this.#pending.length === 0 && socket.writable) this.request(probe.request()).catch(() => {});
    });
  }

  /** @throws ConnectionLostError when the server cannot be reached, or TLS cannot be trusted. */
  static async connect(options: ClientOptions): Promise<ChatClient> {
    const { socket, carrier } = await reach(options);
    return new ChatClient(socket, carrier, options);
  }

  get #secure(): boolean {
    return this.#socket !== this.#carrier;
  }

  /**
   * Sends one request line, without its end, and resolves to the reply, which may be an error.
   *
   * @throws ConnectionLostError when no reply came.
   */
  request(line: string): Promise<ServerReply> {
    return this.#request(line, undefined);
  }

  #request(line: string, first: Pending['first']): Promise<ServerReply> {
    const { promise, resolve, reject } = Promise.withResolvers<ServerReply>();
    if (SEVERAL_LINES.test(line)) reject(new TypeError('a request is one line'));
    else if (!this.#socket.writable) reject(this.#whyLost());
    else {
      const deadline = performance.now() + this.#timeout;
      const [delivers, repeats] = [line.startsWith('inbox '), line.startsWith('online')];
      this.#pending.push({ resolve, reject, deadline, first, delivers, repeats });
      this.#unconfirmed = false;
      this.#watchOldest();
      // Requests of one moment leave in one packet.
      if (this.#socket.writableCorked === 0) {
        this.#socket.cork();
        process.nextTick(() => this.#socket.uncork());
      }
      this.#socket.write(`${line}\r\n`);
    }
    return promise;
  }

  /**
   * The same, and resolves to what the reply carries.
   *
   * @throws RefusedError when the server refuses.
   * @throws ProtocolError when it does not carry that; the connection is dropped then.
   */
  async ask<T>(line: string, read: Reader<T>): Promise<T> {
    const body = accept(await this.request(line));
    try {
      return read(body);
    } catch (error) {
      this.#fail(error as Error);
      throw error;
    }
  }

  /** Logs in and resolves to the token. This and the following throw as `ask` does. */
  auth(username: string, password: string): Promise<string> {
    return this.ask(`auth ${username} ${password}`, readers.token);
  }

  async send(token: string, username: string, text: string): Promise<void> {
    await this.ask(`send ${token} ${username} ${frameText(text)}`, readers.done);
  }

  /** What came since the last look, by sender's username, oldest first. */
  inbox(token: string): Promise<Record<string, ReceivedMessage[]>> {
    return this.ask(`inbox ${token}`, readers.inbox);
  }

  /** The sessions with a live connection, in order of login: the first page of them, or the one behind an earlier one's `next`. */
  online(token: string, after?: number): Promise<OnlinePage> {
    return this.ask(
      after === undefined ? `online ${token}` : `online ${token} after ${after}`,
      readers.online,
    );
  }

  /**
   * Is told what happens for the token's account: what has happened behind the place `since`; without it, from now on.
   *
   * `begin` is called with the place behind which the events begin: `since`, or less when the server's database is another one. The
   * function that it returns is given what comes behind the reply; what comes before it still goes to whoever listened until then.
   *
   * @throws as `ask` does.
   */
  async listen(
    token: string,
    since: Place | undefined,
    begin: (since: Place, sure: boolean) => Hear,
  ): Promise<void> {
    const line = ['listen', token, ...(since ? wordsOf(since) : [])].join(' ');
    const reply = await this.#request(line, ({ ok, body }) => {
      if (!ok) return;
      const { sure, ...since } = readers.place(body);
      this.#hear = begin(since, sure);
    });
    accept(reply);
  }

  async logout(token: string): Promise<void> {
    await this.ask(`logout ${token}`, readers.done);
  }

  /**
   * Closes in order: the server takes what it has sent as received. Under TLS it cannot believe a close, so messages are
   * confirmed by an empty request first. Resolves when the connection is gone.
   */
  async close(): Promise<void> {
    if (this.#secure && this.#unconfirmed) await this.request('').catch(() => {});
    this.#socket.end();
    const force = setTimeout(() => this.#socket.destroy(), this.#timeout);
    await this.closed;
    clearTimeout(force);
  }

  /** Drops the connection with a reset, as a crash would; the server takes nothing as received. */
  reset(): void {
    this.#carrier.resetAndDestroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const text of this.#decoder.push(chunk)) {
        if (this.#failure) return;
        if (text.startsWith(EVENT_START)) this.#tell(text);
        else this.#settle(text);
      }
      const { fault } = this.#decoder;
      if (fault !== undefined) throw new ProtocolError(fault);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error);
    }
  }

  #tell(text: string): void {
    const event = this.#hear && readEvent(text);
    if (event) this.#hear!(event, text.length);
  }

  #settle(text: string): void {
    const [pending] = this.#pending;
    const reply = pending?.repeats ? readRepeated(text) : readReply(text);
    if (!pending) return this.#dismissed(reply);
    this.#unconfirmed ||= pending.delivers;
    pending.first?.(reply);
    this.#pending.shift();
    this.#watchOldest();
    pending.resolve(reply);
  }

  /** Nobody has asked: a server that takes no more connections says so before it closes. */
  #dismissed({ ok, body }: ServerReply): void {
    if (ok || this.#farewell !== undefined)
      throw new ProtocolError('it sends replies that nobody has asked for');
    this.#farewell = String(body.message);
  }

  #whyLost(): ConnectionLostError {
    const cause = this.#failure;
    if (cause instanceof ConnectionLostError) return cause;
    if (this.#farewell !== undefined) {
      const message = `the server has closed the connection: ${printable(this.#farewell)}`;
      return new ConnectionLostError(message, { cause, advice: message });
    }
    return new ConnectionLostError('the connection is lost', {
      cause,
      ...(this.#heard || this.#secure ? {} : { advice: SILENT }),
    });
  }

  #noAnswer(): ConnectionLostError {
    const message = `the server has not answered for ${this.#timeout / 1000} s`;
    return new ConnectionLostError(message, {
      advice: this.#heard
        ? message
        : `${message}, nor said anything before: look whether it is a benang server`,
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
  }

  #watchOldest(): void {
    const oldest = this.#pending[0];
    if (!oldest) {
      clearTimeout(this.#watch);
      this.#watch = undefined;
    } else this.#watch ??= this.#wait(oldest.deadline - performance.now());
  }

  /** One timer serves all requests: when it fires it looks whether the oldest is late, and else goes on. */
  #wait(delay: number): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.#watch = undefined;
        if (this.#pending[0] && this.#pending[0].deadline <= performance.now()) this.#fail(this.#noAnswer());
        else this.#watchOldest();
      },
      Math.max(delay, 1),
    );
  }
}
