import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls';

/** A bare connection to a server: bytes out, bytes in. */
export class Wire {
  readonly socket: Socket;
  /** The TCP socket: under TLS the one beneath, else the same. */
  readonly carrier: Socket;
  #received = '';
  #ended = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: Socket, carrier: Socket) {
    this.socket = socket;
    this.carrier = carrier;
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#change();
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    for (const event of ['end', 'close'] as const) {
      socket.on(event, () => {
        this.#ended = true;
        this.#change();
      });
    }
  }

  /** `tls`: speaks TLS, with these options of tls.connect. */
  static async open(
    port: number,
    { tls, ...options }: { allowHalfOpen?: boolean; tls?: ConnectionOptions | undefined } = {},
  ): Promise<Wire> {
    const carrier = connect({ port, host: '127.0.0.1', noDelay: true, ...options });
    await once(carrier, 'connect');
    return tls ? Wire.secure(carrier, carrier, tls) : new Wire(carrier, carrier);
  }

  /** Speaks TLS over `line`, which may be `carrier` itself. */
  static async secure(line: Duplex, carrier: Socket, tls: ConnectionOptions): Promise<Wire> {
    const socket = connectSecurely({ socket: line, host: '127.0.0.1', ...tls });
    await once(socket, 'secureConnect');
    return new Wire(socket, carrier);
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Resolves when what was written has been taken from us. */
  async flushed(): Promise<void> {
    while (this.socket.writableLength > 0) await new Promise(setImmediate);
  }

  /** The next `length` bytes, as latin1. Rejects when the connection ends before them. */
  async bytes(length: number): Promise<string> {
    while (this.#received.length < length) await this.#more(`${length} bytes`);
    return this.#take(length);
  }

  /** The next reply, with its end. */
  async reply(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end >= 0) return this.#take(end + 4);
      await this.#more('a reply');
    }
  }

  async replies(count: number): Promise<string[]> {
    const all: string[] = [];
    while (all.length < count) all.push(await this.reply());
    return all;
  }

  /** One request and its reply, parsed. */
  async ask(line: string): Promise<Record<string, unknown>> {
    await this.write(`${line}\r\n`);
    return JSON.parse(await this.reply());
  }

  /** Logs in and returns the token. */
  async login(username: string, password = 'surabaya'): Promise<string> {
    return String((await this.ask(`auth ${username} ${password}`)).tokenid);
  }

  /** The texts in one look at the inbox, by sender. */
  async inbox(token: string): Promise<string[]> {
    const { messages } = (await this.ask(`inbox ${token}`)) as {
      messages: Record<string, { msg: string }[]>;
    };
    return Object.values(messages).flatMap((list) => list.map(({ msg }) => msg));
  }

  /** Resolves to everything that is still unread when the server has closed its side. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#changed.promise;
    return this.#take(this.#received.length);
  }

  /** Closes in order and waits for the server to close too. */
  async close(): Promise<void> {
    this.socket.end();
    await this.rest();
    this.socket.destroy();
  }

  reset(): void {
    this.carrier.resetAndDestroy();
  }

  #take(length: number): string {
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  async #more(what: string): Promise<void> {
    if (this.#ended) {
      throw new Error(
        `the connection ended before ${what}: ${this.#error?.message ?? 'closed'}; unread: ${JSON.stringify(this.#received)}`,
      );
    }
    await this.#changed.promise;
  }
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => socket.once(event, () => resolve()).once('error', reject));
}
