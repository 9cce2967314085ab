import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { ControlSocket } from './control-socket.ts';
import { jsonInPieces } from './json-pieces.ts';
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
/** So many may wait for start(). */
const FEW_AT_ONCE = 4;

/** Does an operator's commands. */
export class ControlServer {
  readonly #socket: ControlSocket;
  readonly #handlers = Promise.withResolvers<ControlHandlers>();
  readonly #sockets = new Set<Socket>();
  #mostAtOnce = FEW_AT_ONCE;

  private constructor(data: string, log: Log) {
    this.#socket = new ControlSocket(data, log, (socket) => {
      if (this.#sockets.size >= this.#mostAtOnce) return this.#turnAway(socket);
      // It rejects when the client goes away or says nothing for too long.
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  /**
   * Listens in a data folder, whose lock the caller holds. Whatever is asked waits for start().
   *
   * @throws StartupError when it cannot: nobody could stop the server or shut anybody out.
   */
  static async listen(data: string, log: Log): Promise<ControlServer> {
    const control = new ControlServer(data, log);
    await control.#socket.open();
    return control;
  }

  /** Answers, so many at once. */
  start(handlers: ControlHandlers, mostAtOnce: number): void {
    this.#mostAtOnce = mostAtOnce;
    this.#handlers.resolve(handlers);
  }

  /** Stops listening; connections stay open until the process ends, which is how `stop` sees it. */
  close(): void {
    this.#socket.close();
    for (const socket of this.#sockets) socket.unref();
  }

  /** Leaves nothing open: there is no file descriptor for it. */
  #turnAway(socket: Socket): void {
    const error = `the server is answering ${this.#mostAtOnce} commands of operators already; try again`;
    socket.on('error', () => {}).write(`${JSON.stringify({ error })}\n`);
    socket.destroy();
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
    for (const piece of jsonInPieces(answer)) {
      socket.write(piece);
      await nextTurn();
    }
    socket.write('\n');
    if (!('stopping' in answer)) socket.end();
  }

  async #answer(line: string, context: ControlContext): Promise<object> {
    const request = understood(line);
    if (!request) return { error: NOT_UNDERSTOOD };
    try {
      return await handle(await this.#handlers.promise, request, context);
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
