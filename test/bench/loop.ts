import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Histogram } from './histogram.ts';

/** How a server's replies look, as far as a client has to know that counts them. */
export interface ReplyShape {
  readonly end: '\r\n\r\n' | '\r\n';
  /** In a reply that is no error this byte is found there. */
  readonly good: { readonly at: number; readonly byte: number };
  /** Outside of a loop, where a connection may be told other things as well: how a reply begins, and how a refusal. */
  readonly reply: RegExp;
  readonly refusal: RegExp;
}

/** In the text of a message that is to be heard live, and nowhere else in what a server says. */
export const MARK = '^';
const MARK_BYTE = MARK.charCodeAt(0);

/** What is not answered for so long behind the end of a loop never will be. */
const PATIENCE_MS = 15_000;

const CRLF = 0x0d0a;
const CRLF_CRLF = 0x0d0a0d0a;
const CHUNK_BYTES = 64 * 1024;

/** Where all connections read: what is read has been looked at before anything else is. */
const chunk = Buffer.alloc(CHUNK_BYTES);

/** A time of load on some connections, and what it counted. */
export class Loop {
  readonly histogram = new Histogram();
  readonly began = performance.now();
  /** From then on no request is made and no reply counted. */
  readonly end: number;
  readonly #done = Promise.withResolvers<void>();
  readonly #patience: NodeJS.Timeout;
  #connections: number;

  constructor(connections: number, ms: number) {
    this.#connections = connections;
    this.end = this.began + ms;
    const late = (): void =>
      this.fail(new Error(`${this.#connections} of ${connections} connections wait in vain for an answer`));
    this.#patience = setTimeout(late, ms + PATIENCE_MS);
  }

  /** Resolves when every connection has had the reply to its last request. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  leave(): void {
    if (--this.#connections > 0) return;
    clearTimeout(this.#patience);
    this.#done.resolve();
  }

  fail(error: Error): void {
    clearTimeout(this.#patience);
    this.#done.reject(error);
  }
}

/**
 * A connection with at most one request under way, with as little of our own JavaScript behind each reply as can be: bytes
 * are read into one shared buffer, a reply is known by its last bytes, requests are ready-made bytes.
 */
export class LoopConnection {
  readonly #socket: Socket;
  readonly #shape: ReplyShape;
  readonly #goodAt: number;
  readonly #good: number;
  readonly #mask: number;
  readonly #ending: number;
  /** The bytes of the reply that have been read. */
  #read = 0;
  /** The last four of them. */
  #last = 0;
  #loop: Loop | undefined;
  #requests: readonly Buffer[] = [];
  #next = 0;
  #asked = 0;
  /** Whose messages arrive here, where a request is answered by being heard. */
  #hears: LoopConnection | undefined;
  #gathered = '';
  #answered: PromiseWithResolvers<string> | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket, shape: ReplyShape) {
    const { end, good } = shape;
    this.#socket = socket;
    this.#shape = shape;
    this.#goodAt = good.at;
    this.#good = good.byte;
    this.#mask = end === '\r\n' ? 0xffff : -1;
    this.#ending = end === '\r\n' ? CRLF : CRLF_CRLF;
  }

  static connect(host: string, port: number, reply: ReplyShape): Promise<LoopConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<LoopConnection>();
    const onread = { buffer: chunk, callback: (bytes: number): boolean => connection.#received(bytes) };
    const socket = connect({ host, port, noDelay: true, onread });
    const connection = new LoopConnection(socket, reply);
    socket.once('connect', () => resolve(connection));
    socket.on('error', (error) => {
      reject(error);
      connection.#fail(`the server has broken off a connection (${error.message})`);
    });
    socket.on('close', () => connection.#fail('the server has closed a connection'));
    return promise;
  }

  /** Makes one request outside of any loop; resolves to the reply. */
  ask(request: string): Promise<string> {
    this.#answered = Promise.withResolvers();
    if (this.#failure) this.#answered.reject(this.#failure);
    this.#gathered = '';
    this.#read = 0;
    this.#socket.write(request, 'latin1');
    return this.#answered.promise;
  }

  /**
   * Makes these requests over and over, each behind the reply to the one before, until the loop ends. With `hears` a request
   * counts as answered when its MARK arrives at the connection that hears this one.
   */
  join(loop: Loop, requests: readonly Buffer[], hears?: LoopConnection): void {
    if (this.#failure) return loop.fail(this.#failure);
    this.#loop = loop;
    this.#hears = hears;
    this.#requests = requests;
    this.#next = 0;
    this.#request(performance.now());
  }

  /** The loop is over, and what comes is no longer listened to. */
  rest(): void {
    this.#hears = undefined;
  }

  close(): void {
    this.#failure ??= new Error('it is closed');
    this.#socket.destroy();
  }

  #request(now: number): void {
    const request = this.#requests[this.#next]!;
    this.#next = this.#next + 1 < this.#requests.length ? this.#next + 1 : 0;
    this.#read = 0;
    this.#asked = now;
    this.#socket.write(request);
  }

  #received(bytes: number): boolean {
    if (this.#hears) this.#hear(bytes);
    else if (this.#loop) this.#count(bytes);
    else this.#gather(bytes);
    return true;
  }

  #gather(bytes: number): void {
    const { end, reply, refusal } = this.#shape;
    this.#gathered += chunk.toString('latin1', 0, bytes);
    if (!this.#gathered.endsWith(end)) return;
    const told = this.#gathered.split(end);
    const refused = told.find((text) => refusal.test(text));
    if (refused !== undefined) this.#fail(`a request was refused: ${refused.slice(0, 200)}`);
    else if (told.some((text) => reply.test(text))) this.#answered?.resolve(this.#gathered);
  }

  #hear(bytes: number): void {
    for (let at = 0; at < bytes; at++) {
      if (chunk[at] === MARK_BYTE) this.#hears!.#answer();
    }
  }

  #count(bytes: number): void {
    const good = this.#goodAt - this.#read;
    if (good >= 0 && good < bytes && chunk[good] !== this.#good) {
      this.#fail(`a request was refused: ${chunk.toString('latin1', 0, Math.min(bytes, 200)).trim()}`);
      return;
    }
    this.#read += bytes;
    let last = this.#last;
    for (let at = bytes > 4 ? bytes - 4 : 0; at < bytes; at++) last = (last << 8) | chunk[at]!;
    this.#last = last;
    if ((last & this.#mask) === this.#ending) this.#answer();
  }

  #answer(): void {
    const loop = this.#loop;
    if (!loop) return;
    const now = performance.now();
    if (now < loop.end) {
      loop.histogram.record(now - this.#asked);
      this.#request(now);
    } else {
      this.#loop = undefined;
      loop.leave();
    }
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message);
    this.#loop?.fail(this.#failure);
    this.#answered?.reject(this.#failure);
  }
}
