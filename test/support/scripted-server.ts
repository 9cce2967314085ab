import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';

const open = new Set<ScriptedServer>();

afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()));
});

/** A request to a server whose test decides what is answered, and when. */
export interface Asked {
  readonly line: string;
  /** Sends replies and events, in one piece. */
  say(...bodies: readonly object[]): void;
  write(bytes: string): void;
  /** Closes the connection in order. */
  end(): void;
  /** Resets the connection. */
  reset(): void;
}

/** A server that does only what a test says; it is closed when the test has ended. */
export class ScriptedServer {
  readonly port: number;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  readonly #asked: Asked[] = [];
  #came = Promise.withResolvers<void>();

  private constructor(listener: Server) {
    this.#listener = listener;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (socket) => this.#serve(socket));
    open.add(this);
  }

  static async open(): Promise<ScriptedServer> {
    const listener = createServer({ noDelay: true });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new ScriptedServer(listener);
  }

  /** The next request, on any connection. */
  async asked(): Promise<Asked> {
    while (this.#asked.length === 0) await this.#came.promise;
    return this.#asked.shift()!;
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk) => {
      const lines = (text + chunk.toString('utf8')).split('\r\n');
      text = lines.pop()!;
      this.#asked.push(
        ...lines.map((line) => ({
          line,
          say: (...bodies: readonly object[]) => void socket.write(bodies.map(encode).join('')),
          write: (bytes: string) => void socket.write(bytes),
          end: () => void socket.end(),
          reset: () => void socket.resetAndDestroy(),
        })),
      );
      this.#came.resolve();
      this.#came = Promise.withResolvers();
    });
  }
}

/** As a server writes at the beginning: clients tell replies and events by it. */
const encode = (body: object): string => `${JSON.stringify(body).replace('":', '": ')}\r\n\r\n`;
