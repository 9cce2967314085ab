import type { Socket } from 'node:net';
import type { Log } from '../log.ts';
import { encodeReply, refusals, refuse } from '../protocol/reply.ts';
import type { Answerer } from './answerer.ts';
import { ConnectionThread, type ThreadSettings } from './connection-thread.ts';
import type { Closed } from './messages.ts';

export interface PoolSettings extends ThreadSettings {
  /** How many threads wait for a connection. */
  readonly spareThreads: number;
  /** Up to this many threads every connection has one of its own; beyond, connections share. */
  readonly maxThreads: number;
  /** Set: exactly this many threads, shared by all connections. */
  readonly sharedThreads: number | undefined;
  readonly maxConnections: number;
}

/** Called when a thread has died, with its reason and who was in it. */
export type OnFailure = (thread: ConnectionThread, reason: string, connections: readonly string[]) => void;

/** After this many connections a thread is replaced, so that nothing can gather in it for ever. */
const CONNECTIONS_PER_THREAD = 1000;
/** A starting thread takes time from those that work, so spare ones start few at a time. */
const STARTING_AT_ONCE = 2;
/** When a thread dies no spare one is started for a while: doubled with each death, and forgotten after a quiet time of RESET_AFTER_MS. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const RESET_AFTER_MS = 30_000;

/**
 * Places connections in threads.
 *
 * A connection gets a thread of its own: a spare one, or a new one, or from `maxThreads` on the least-loaded one, which
 * it then shares. A thread whose last connection has ended in order holds nothing of it any more (the connection
 * object is gone with its socket, and what a client sends is never run), and it is warm, so it becomes a spare
 * one again if there are too few, and else ends. A thread that failed is never used again.
 */
export class ThreadPool {
  readonly settings: PoolSettings;
  /** Every thread there is, also those that are ending. */
  readonly threads = new Set<ConnectionThread>();
  readonly #answerer: Answerer;
  readonly #log: Log;
  readonly #onFailure: OnFailure;
  #spare: ConnectionThread[] = [];
  #threadCount = 0;
  #connectionCount = 0;
  #open = 0;
  #pause = FIRST_PAUSE_MS;
  #lastDeath = 0;
  #resting: NodeJS.Timeout | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;

  constructor(settings: PoolSettings, options: { answerer: Answerer; log: Log; onFailure: OnFailure }) {
    this.settings = settings;
    this.#answerer = options.answerer;
    this.#log = options.log;
    this.#onFailure = options.onFailure;
    this.#refill();
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#open;
  }

  /** Takes over a fresh socket, from which nothing has been read, and moves it into a thread. */
  take(socket: Socket): void {
    const connection = ++this.#connectionCount;
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const full = this.#open >= this.settings.maxConnections;
    const thread = full ? this.#leastLoaded() : this.#choose();
    try {
      thread.handOver(connection, socket, full ? encodeReply(refuse(refusals.full)) : undefined);
    } catch (error) {
      // The client was gone before its socket could be moved.
      this.#log.traffic(() => `connection from ${peer} was gone at once: ${String(error)}`);
      socket.destroy();
      return this.#release(thread);
    }
    this.#open++;
    this.#answerer.open(connection, peer);
    const verb = full ? 'is refused in' : 'has';
    this.#log.traffic(() => `connection ${connection} from ${peer} ${verb} thread ${thread.number}`);
    this.#refill();
  }

  /** Drops a connection; false when there is none of that number. */
  drop(connection: number, reason: string): boolean {
    const thread = [...this.threads].find(({ connections }) => connections.has(connection));
    thread?.drop(connection, reason);
    return thread !== undefined;
  }

  /** Ends all connections behind what they have in progress; resolves when every thread has ended, by force after `timeout` ms. */
  async stop(timeout: number): Promise<void> {
    this.#stopping = Promise.withResolvers();
    clearTimeout(this.#resting);
    for (const thread of this.threads) {
      if (thread.connections.size > 0) thread.drain();
      else thread.retire();
    }
    if (this.threads.size === 0) return;
    const timer = setTimeout(() => {
      for (const thread of this.threads) void thread.terminate('it had not finished when the server ended');
    }, timeout);
    await this.#stopping.promise;
    clearTimeout(timer);
  }

  #choose(): ConnectionThread {
    const { sharedThreads, maxThreads } = this.settings;
    if (sharedThreads !== undefined) return this.#leastLoaded();
    return this.#spare.shift() ?? (this.threads.size < maxThreads ? this.#start() : this.#leastLoaded());
  }

  #leastLoaded(): ConnectionThread {
    let least: ConnectionThread | undefined;
    for (const thread of this.threads) {
      if (thread.retired || (least && thread.connections.size >= least.connections.size)) continue;
      least = thread;
    }
    return least ?? this.#start();
  }

  #start(): ConnectionThread {
    const thread = new ConnectionThread(++this.#threadCount, this.settings, {
      ready: () => this.#refill(),
      asked: (requests, post) => void this.#answerer.answer(requests, post),
      closed: (closed) => {
        this.#forget(thread, closed.connection, describeEnd(closed));
        this.#release(thread);
      },
      ended: (reason) => this.#ended(thread, reason),
    });
    this.threads.add(thread);
    return thread;
  }

  /** Starts what is missing of the spare threads, or of the shared ones, a few at a time. */
  #refill(): void {
    if (this.#resting || this.#stopping) return;
    const { sharedThreads, spareThreads, maxThreads } = this.settings;
    const starting = [...this.#spare].filter(({ pulse }) => pulse.read().activity === 'starting').length;
    if (sharedThreads !== undefined) {
      while (this.threads.size < sharedThreads) this.#start();
    } else if (
      starting < STARTING_AT_ONCE &&
      this.#spare.length < spareThreads &&
      this.threads.size < maxThreads
    ) {
      this.#spare.push(this.#start());
      this.#refill();
    }
  }

  #forget(thread: ConnectionThread, connection: number, end: string): void {
    if (!thread.connections.delete(connection)) return;
    this.#open--;
    this.#log.traffic(() => `connection ${connection} ended: ${end}`);
    this.#answerer.lose(connection);
  }

  /** Keeps a thread that has no connection any more as a spare one, or lets it end. */
  #release(thread: ConnectionThread): void {
    const { sharedThreads, spareThreads } = this.settings;
    if (thread.connections.size > 0 || thread.retired || this.#spare.includes(thread)) return;
    if (this.#stopping) return thread.retire();
    if (sharedThreads !== undefined) return;
    const wanted = this.#spare.length < spareThreads && thread.served < CONNECTIONS_PER_THREAD;
    if (wanted) this.#spare.push(thread);
    else thread.retire();
  }

  #ended(thread: ConnectionThread, reason: string | undefined): void {
    this.threads.delete(thread);
    this.#spare = this.#spare.filter((spare) => spare !== thread);
    const lost = [...thread.connections].map((connection) => this.#answerer.describe(connection));
    for (const connection of thread.connections) this.#forget(thread, connection, 'its thread died');
    if (this.#stopping) {
      if (this.threads.size === 0) this.#stopping.resolve();
    } else if (reason === undefined) {
      this.#refill();
    } else {
      this.#onFailure(thread, reason, lost);
      this.#rest();
    }
  }

  /** Damps a crash loop: new connections still get their threads, spare ones wait. */
  #rest(): void {
    const now = Date.now();
    this.#pause =
      now - this.#lastDeath > RESET_AFTER_MS ? FIRST_PAUSE_MS : Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#lastDeath = now;
    this.#resting ??= setTimeout(() => {
      this.#resting = undefined;
      this.#refill();
    }, this.#pause);
  }
}

function describeEnd({ failure, requests, errors, bytesIn, bytesOut }: Closed): string {
  return `${failure ?? 'closed'}, ${requests} requests, ${errors} of them errors, ${bytesIn} bytes in, ${bytesOut} bytes out`;
}
