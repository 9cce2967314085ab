import { connect, type Socket } from 'node:net';

/** A bare connection to a server: bytes out, bytes in. */
export class Wire {
  readonly socket: Socket;
  #received = '';
  #ended = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.socket = socket;
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

  static async open(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...options });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Wire(socket);
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
    this.socket.resetAndDestroy();
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
