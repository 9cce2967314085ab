import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { type ControlReplies, type ControlRequest, controlRequest } from './messages.ts';

/** Far more than any request needs. */
const MAX_REQUEST = 4096;
const PATIENCE_MS = 5_000;

export type ControlHandler = (
  request: ControlRequest,
) => Promise<ControlReplies[ControlRequest['command']]> | ControlReplies[ControlRequest['command']];

/** Listens for an operator's commands on a socket that only this user may open. */
export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * The caller holds the data folder's lock, so a socket that is there already belongs to a dead server. When the socket
   * cannot be made (its path may be too long) the server goes on without it and says so.
   */
  static async listen(path: string, handle: ControlHandler, log: Log): Promise<ControlServer> {
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      // It rejects when the client goes away or says nothing for too long.
      control.#serve(socket, handle).catch(() => socket.destroy());
    });
    const control = new ControlServer(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.on('error', (error) => {
      log.write('warn', 'no control socket: top, stop and kick will not work', { reason: error.message });
      resolve();
    });
    // Before anyone could connect, nobody else may.
    const mask = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(mask);
    await promise;
    return control;
  }

  /** Stops listening; connections stay open until the process ends, which is how `stop` sees it. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.unref();
  }

  async #serve(socket: Socket, handle: ControlHandler): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    let line = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      line += chunk;
      if (line.includes('\n') || line.length > MAX_REQUEST) break;
    }
    socket.setTimeout(0);
    const answer = await this.#answer(line, handle);
    socket.write(`${JSON.stringify(answer)}\n`);
    if (!('stopping' in answer)) socket.end();
  }

  async #answer(line: string, handle: ControlHandler): Promise<object> {
    try {
      return await handle(controlRequest.parse(JSON.parse(line)));
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}
