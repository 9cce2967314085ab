import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { type ControlContext, type ControlHandlers, controlRequest, handle } from './messages.ts';

/** Far more than any request needs. */
const MAX_REQUEST = 16 * 1024;
const PATIENCE_MS = 5_000;
const PROGRESS_EVERY_MS = 200;

/** Listens for an operator's commands on a socket that only this user may open. */
export class ControlServer {
  readonly #server: Server;
  readonly #handlers: ControlHandlers;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, handlers: ControlHandlers) {
    this.#server = server;
    this.#handlers = handlers;
  }

  /**
   * The caller holds the data folder's lock, so a socket that is there already belongs to a dead server. When the socket
   * cannot be made (its path may be too long) the server goes on without it and says so.
   */
  static async listen(path: string, handlers: ControlHandlers, log: Log): Promise<ControlServer> {
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      // It rejects when the client goes away or says nothing for too long.
      control.#serve(socket).catch(() => socket.destroy());
    });
    const control = new ControlServer(server, handlers);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.on('error', (error) => {
      log.write('warn', "no control socket: operators' commands will not work", { reason: error.message });
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

  async #serve(socket: Socket): Promise<void> {
    const gone = new AbortController();
    this.#sockets.add(socket);
    socket
      .on('close', () => {
        this.#sockets.delete(socket);
        gone.abort(new Error('the client is gone'));
      })
      .on('error', () => socket.destroy());
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    let line = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      line += chunk;
      if (line.includes('\n') || line.length > MAX_REQUEST) break;
    }
    socket.setTimeout(0);
    // Whatever else it says is ignored, but that it goes away is heard.
    socket.resume();
    let toldAt = 0;
    const answer = await this.#answer(line, {
      gone: gone.signal,
      progress: (progress) => {
        if (Date.now() - toldAt < PROGRESS_EVERY_MS) return;
        toldAt = Date.now();
        socket.write(`${JSON.stringify({ progress })}\n`);
      },
    });
    socket.write(`${JSON.stringify(answer)}\n`);
    if (!('stopping' in answer)) socket.end();
  }

  async #answer(line: string, context: ControlContext): Promise<object> {
    try {
      return await handle(this.#handlers, controlRequest.parse(JSON.parse(line)), context);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}
