import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import { Counters } from './counters.ts';
import type { FromThread, Handover, Result, Results, Stop, ThreadData, ThreadRequest } from './messages.ts';

/** Who answers the connection threads' requests: the server, in the main thread. */
export interface Answerer {
  /** A connection exists from here on. */
  open(connection: number, peer: string): void;
  /**
   * Answers a batch: calls `post` once, with `completes` true. Requests that take long are left out of that and
   * answered by further calls, and so are the requests that the same connection makes behind them.
   */
  answer(requests: readonly ThreadRequest[], post: PostResults): Promise<void>;
  /** The connection is gone without a word; does nothing when it has ended before. */
  lose(connection: number): void;
}

/** Sends results to the thread; `completes` tells it that its batch is answered. */
export type PostResults = (results: readonly Result[], completes: boolean) => void;

/** Gives every connection a thread. How threads are started, shared or kept is nobody else's business. */
export interface Threads {
  /** Takes over a fresh socket, from which nothing has been read, and moves it into a thread. */
  take(socket: Socket): void;
  /** Ends all connections behind what they have begun; resolves when every thread has ended, by force after `timeout` ms. */
  stop(timeout: number): Promise<void>;
}

/**
 * Limits of a thread's heap. A reply with a full inbox (INBOX_UNITS, six bytes a unit at the most) must fit;
 * with much larger limits one huge allocation could abort the whole process instead of the thread.
 */
export const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 };

/** One thread for each connection: started with it, ended with it. */
export class ThreadPerConnection implements Threads {
  readonly #program: string;
  readonly #maxRequest: number;
  readonly #answerer: Answerer;
  readonly #log: Log;
  readonly #workers = new Set<Worker>();
  #connections = 0;

  /** `program` is the source text of the connection thread (dist/connection.cjs). */
  constructor(options: { program: string; maxRequest: number; answerer: Answerer; log: Log }) {
    this.#program = options.program;
    this.#maxRequest = options.maxRequest;
    this.#answerer = options.answerer;
    this.#log = options.log;
  }

  take(socket: Socket): void {
    const connection = ++this.#connections;
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const counters = new Counters();
    const worker = this.#start(connection, counters);
    this.#answerer.open(connection, peer);
    this.#log.traffic(() => `connection ${connection} from ${peer} has a thread`);
    worker.on('exit', (code) => {
      this.#workers.delete(worker);
      this.#answerer.lose(connection);
      if (code === 0) this.#log.traffic(() => `connection ${connection} ended: ${describe(counters)}`);
      else
        this.#log.write('error', `connection ${connection} lost its thread`, {
          peer,
          code,
          ...counters.read(),
        });
    });
    try {
      worker.postMessage({ kind: 'handover', connection, socket } satisfies Handover, [socket]);
    } catch (error) {
      // The client was gone before its socket could be moved.
      this.#log.write('debug', 'connection not handed over', { connection, peer, reason: String(error) });
      socket.destroy();
      void worker.terminate();
    }
  }

  #start(connection: number, counters: Counters): Worker {
    const workerData: ThreadData = { counters: counters.memory, maxRequest: this.#maxRequest };
    const worker = new Worker(this.#program, {
      eval: true,
      name: `connection ${connection}`,
      workerData,
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#workers.add(worker);
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'note') return this.#log.write(message.level, message.message, message.fields);
      void this.#answerer.answer(message.requests, (results, completes) => {
        const batch = completes ? message.batch : undefined;
        worker.postMessage({ kind: 'results', batch, results } satisfies Results);
        // Behind the post: see Crossing.
        Atomics.add(counters.wake, 0, 1);
        Atomics.notify(counters.wake, 0);
      });
    });
    worker.on('error', (error) => {
      this.#log.write('error', 'connection thread failed', { connection, reason: String(error) });
    });
    return worker;
  }

  async stop(timeout: number): Promise<void> {
    const ended = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    );
    for (const worker of this.#workers) worker.postMessage({ kind: 'stop' } satisfies Stop);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeout);
    await Promise.race([Promise.all(ended), late]);
    clearTimeout(timer);
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }
}

function describe(counters: Counters): string {
  const { requests, errors, bytesIn, bytesOut } = counters.read();
  return `${requests} requests, ${errors} of them errors, ${bytesIn} bytes in, ${bytesOut} bytes out`;
}
