import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Histogram } from './histogram.ts';

/** How a server's replies look, as far as a client has to know that counts them. */
export interface ReplyShape {
  readonly end: '\r\n\r\n' | '\r\n';
  /** In a reply that is no error this byte is found there. */
  readonly good: { readonly at: number; readonly byte: number };
}

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
  bytes = 0;
  readonly #done = Promise.withResolvers<void>();
  #connections: number;

  constructor(connections: number, ms: number) {
    this.#connections = connections;
    this.end = this.began + ms;
  }

  /** Resolves when every connection has had the reply to its last request. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  leave(): void {
    if (--this.#connections === 0) this.#done.resolve();
  }

  fail(error: Error): void {
    this.#done.reject(error);
  }
}

/**
 * A connection with at most one request under way, with as little of our own JavaScript behind each reply as can be: bytes
 * are read into one shared buffer, a reply is known by its last bytes, requests are ready-made bytes.
 */
export class LoopConnection {
  readonly #socket: Socket;
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
  #gathered = '';
  #answered: PromiseWithResolvers<string> | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket, { end, good }: ReplyShape) {
    this.#socket = socket;
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

  /** Makes these requests over and over, each behind the reply to the one before, until the loop ends. */
  join(loop: Loop, requests: readonly Buffer[]): void {
    if (this.#failure) return loop.fail(this.#failure);
    this.#loop = loop;
    this.#requests = requests;
    this.#next = 0;
    this.#request(performance.now());
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
    const good = this.#goodAt - this.#read;
    if (good >= 0 && good < bytes && chunk[good] !== this.#good) {
      this.#fail(`a request was refused: ${chunk.toString('latin1', 0, Math.min(bytes, 200)).trim()}`);
      return true;
    }
    this.#read += bytes;
    let last = this.#last;
    for (let at = bytes > 4 ? bytes - 4 : 0; at < bytes; at++) last = (last << 8) | chunk[at]!;
    this.#last = last;
    const ended = (last & this.#mask) === this.#ending;
    const loop = this.#loop;
    if (!loop) {
      this.#gathered += chunk.toString('latin1', 0, bytes);
      if (ended) this.#answered?.resolve(this.#gathered);
    } else if (ended) {
      const now = performance.now();
      if (now < loop.end) {
        loop.histogram.record(now - this.#asked);
        loop.bytes += this.#read;
        this.#request(now);
      } else {
        this.#loop = undefined;
        loop.leave();
      }
    }
    return true;
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message);
    this.#loop?.fail(this.#failure);
    this.#answered?.reject(this.#failure);
  }
}
