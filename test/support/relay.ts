import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';

const open = new Set<Relay>();

afterEach(async () => {
  await Promise.all([...open].map((relay) => relay.close()));
});

/**
 * A line between clients and a server, which may come back on another port. It breaks as a test says; it is closed when the test
 * has ended.
 */
export class Relay {
  readonly port: number;
  /** What clients have sent, in order. */
  readonly requests: string[] = [];
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #serverPort: number;
  #cut: RegExp | undefined;
  #frozen = false;
  #joined = Promise.withResolvers<void>();

  private constructor(listener: Server, serverPort: number) {
    this.#listener = listener;
    this.#serverPort = serverPort;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (client) => this.#join(client));
    open.add(this);
  }

  static async open(serverPort: number): Promise<Relay> {
    const listener = createServer({ noDelay: true });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new Relay(listener, serverPort);
  }

  /** New connections lead to this port. */
  leadTo(serverPort: number): void {
    this.#serverPort = serverPort;
  }

  /** The next request like this gets through; its reply does not: when it comes the line is reset. */
  cutReplyTo(request: RegExp): void {
    this.#cut = request;
  }

  /** From now on nothing gets through on the lines that there are, and neither side hears of it. */
  freeze(): void {
    this.#frozen = true;
  }

  /** New lines get through. */
  thaw(): void {
    this.#frozen = false;
  }

  /** Resolves when the next client has connected. */
  joined(): Promise<void> {
    return this.#joined.promise;
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #join(client: Socket): void {
    this.#joined.resolve();
    this.#joined = Promise.withResolvers();
    const server = connect({ port: this.#serverPort, host: '127.0.0.1', noDelay: true });
    const line = { cut: false, frozen: false };
    const gone = (): boolean => {
      line.frozen ||= this.#frozen;
      return line.frozen;
    };
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.end();
      });
    }
    client.on('data', (chunk) => {
      if (gone()) return;
      this.requests.push(...chunk.toString('utf8').split('\r\n').slice(0, -1));
      if (this.#cut?.test(chunk.toString('utf8'))) {
        line.cut = true;
        this.#cut = undefined;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (gone()) return;
      if (line.cut) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      } else client.write(chunk);
    });
  }
}
