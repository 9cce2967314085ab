import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What comes from either side is thrown away. */
  swallows: boolean;
}

/**
 * The line between the clients and the server: a relay that can be cut in every way. The server may come back on another
 * port; the clients always connect to this one.
 */
export class Line {
  readonly port: number;
  #serverPort = 0;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  /** A paused one keeps no event loop going, and a closing listener would wait for it. */
  readonly #sockets = new Set<Socket>();

  private constructor(listener: Server) {
    this.#listener = listener;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (client) => this.#join(client));
  }

  static async open(): Promise<Line> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new Line(listener);
  }

  /** From now on new connections lead to this port; 0: to nothing, they are closed. */
  leadTo(port: number): void {
    this.#serverPort = port;
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.#serverPort === 0) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({
      port: this.#serverPort,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    const pair: Pair = { client, server, swallows: false };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (!pair.swallows && !to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => pair.swallows || to.end());
      from.on('error', () => pair.swallows || to.resetAndDestroy());
      from.on('close', () => {
        this.#pairs.delete(pair);
        if (!pair.swallows && !to.writableEnded) to.destroy();
      });
    }
  }

  get connections(): readonly Pair[] {
    return [...this.#pairs];
  }

  /** Both sides see a reset. */
  reset({ client, server }: Pair): void {
    client.resetAndDestroy();
    server.resetAndDestroy();
  }

  /** From now on nothing gets through, and neither side hears of it for `silence` ms. */
  swallow(pair: Pair, silence: number): void {
    pair.swallows = true;
    for (const socket of [pair.client, pair.server]) socket.resume();
    setTimeout(() => this.reset(pair), silence).unref();
  }

  /** Holds everything up for `delay` ms; then it goes on. */
  freeze({ client, server }: Pair, delay: number): void {
    for (const socket of [client, server]) socket.pause();
    setTimeout(() => {
      for (const socket of [client, server]) socket.resume();
    }, delay).unref();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}
