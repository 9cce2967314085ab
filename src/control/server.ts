import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import {
  type ControlContext,
  type ControlHandlers,
  type ControlRequest,
  controlRequest,
  handle,
} from './messages.ts';

/** Far more than any request needs. */
const MAX_REQUEST = 16 * 1024;
const PATIENCE_MS = 5_000;
const PROGRESS_EVERY_MS = 200;
/** Whoever asks has to be told that the server is not frozen. */
const WORKING_EVERY_MS = 2_000;

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
    const say = (words: object): void => void socket.write(`${JSON.stringify(words)}\n`);
    const working = setInterval(say, WORKING_EVERY_MS, { working: true });
    gone.signal.addEventListener('abort', () => clearInterval(working));
    let toldAt = Number.NEGATIVE_INFINITY;
    const answer = await this.#answer(line, {
      gone: gone.signal,
      progress: (progress) => {
        if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
        toldAt = performance.now();
        say({ progress });
      },
    });
    clearInterval(working);
    say(answer);
    if (!('stopping' in answer)) socket.end();
  }

  async #answer(line: string, context: ControlContext): Promise<object> {
    const request = understood(line);
    if (!request) return { error: NOT_UNDERSTOOD };
    try {
      return await handle(this.#handlers, request, context);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}

const NOT_UNDERSTOOD =
  'the server does not know this command: it is of another version, so restart it with this one';

function understood(line: string): ControlRequest | undefined {
  try {
    return controlRequest.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
