import type { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import type { SecureContextOptions } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { Bell } from './bell.ts';
import { BlackBox } from './black-box.ts';
import { Counters } from './counters.ts';
import { type Batch, Mailbox, mailboxShape } from './mailbox.ts';
import type {
  Closed,
  Confirmed,
  ConnectionLimits,
  FromThread,
  Posted,
  Result,
  Results,
  Taken,
  ThreadData,
  ThreadRequest,
  TlsData,
  Told,
  ToThread,
} from './messages.ts';
import { moveSocket } from './moving.ts';
import { Pulse } from './pulse.ts';
import { LOADER, type ThreadProgram } from './thread-program.ts';
import type { Versions } from './versions.ts';

/**
 * Limits of a thread's heap. A reply with a full inbox (INBOX_UNITS, six bytes a unit at the most) must fit;
 * with much larger limits one huge allocation could abort the whole process instead of the thread.
 */
export const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 };
/** What a thread that many connections share needs beyond that for each of them, and the most that it gets. */
const SHARED_CONNECTION_MB = 8 / 1024;
const MOST_OLD_GENERATION_MB = 96;

/** Of a thread that may have `connections`. */
export function resourceLimits(connections: number): typeof RESOURCE_LIMITS {
  const wanted =
    RESOURCE_LIMITS.maxOldGenerationSizeMb + Math.floor((connections - 1) * SHARED_CONNECTION_MB);
  return { ...RESOURCE_LIMITS, maxOldGenerationSizeMb: Math.min(wanted, MOST_OLD_GENERATION_MB) };
}

export interface ThreadSettings {
  readonly program: ThreadProgram;
  readonly limits: ConnectionLimits;
  readonly drills: boolean;
  /** Undefined: without TLS. */
  readonly tls: TlsData | undefined;
  readonly versions: Versions;
  /** How many connections it may come to have. */
  readonly connectionsEach: number;
  /** Whether it reads and writes sockets past the machinery of streams (see directWorks). */
  readonly direct: boolean;
}

/** Sends results to the thread; `completes` tells it that its batch is answered. */
export type PostResults = (results: readonly Result[], completes: boolean) => void;

/** What a thread tells main. */
export interface ThreadEvents {
  ready(): void;
  asked(requests: readonly ThreadRequest[], post: PostResults): void;
  took(taken: Taken): void;
  closed(closed: Closed): void;
  /** A connection that was handed over never came, and is closed. */
  lost(connection: number): void;
  /** The thread is gone. `reason` is undefined when it had been told to go and went in order. */
  ended(reason: string | undefined): void;
}

/** Main's side of one connection thread. */
export class ConnectionThread {
  readonly number: number;
  readonly counters = new Counters();
  readonly pulse = new Pulse();
  readonly #mailbox: Mailbox;
  /** At the bell. */
  readonly place: number;
  readonly blackBox = new BlackBox();
  /** The connections in it, from handover until nothing of them is left. */
  readonly connections = new Set<number>();
  /** Those of which the thread has said nothing yet, and what closes their sockets should it not have them. */
  readonly #unconfirmed = new Map<number, () => void>();
  /** How many connections it has had. */
  served = 0;
  readonly worker: Worker;
  readonly #events: ThreadEvents;
  /** To be posted at the end of the present step of main. */
  #told: Told[] = [];
  /** Credentials that it is told before it gets another connection. */
  #renewed: SecureContextOptions | undefined;
  #retired = false;
  #demoted = false;
  #reason: string | undefined;

  /** @throws Error when the system gives no more threads. */
  constructor(number: number, settings: ThreadSettings, bell: Bell, events: ThreadEvents) {
    this.number = number;
    this.#events = events;
    this.place = bell.takePlace();
    const { program, limits, drills, tls, versions, connectionsEach, direct } = settings;
    this.#mailbox = new Mailbox(mailboxShape(connectionsEach, limits.maxRequest));
    const workerData: ThreadData = {
      program,
      counters: this.counters.memory,
      mailbox: { shape: this.#mailbox.shape, memory: this.#mailbox.memory },
      bell: bell.memory,
      place: this.place,
      versions: versions.memory,
      pulse: this.pulse.memory,
      blackBox: this.blackBox.memory,
      limits,
      drills,
      tls,
      direct,
    };
    this.worker = new Worker(LOADER, {
      eval: true,
      name: `thread ${number}`,
      workerData,
      resourceLimits: resourceLimits(connectionsEach),
    });
    this.worker.on('online', () => events.ready());
    this.worker.on('message', (message: FromThread) => {
      if (message.kind === 'taken') events.took(message);
      else if (message.kind === 'confirmed') this.#confirmed(message);
      else this.#closed(message);
    });
    this.worker.on('error', (error) => {
      this.#reason ??= error instanceof Error ? (error.stack ?? String(error)) : String(error);
    });
    this.worker.on('exit', (code) => {
      bell.freePlace(this.place);
      const inOrder = this.#retired && code === 0 && this.#reason === undefined;
      events.ended(inOrder ? undefined : (this.#reason ?? `it exited with code ${code}`));
    });
  }

  /**
   * Moves a socket into the thread, where the client is served or gets `refusal` and is closed.
   *
   * @throws LostError when it was lost, and is closed.
   * @throws Error when the client is gone already.
   */
  handOver(connection: number, socket: Socket, refusal?: string): void {
    if (this.#renewed) this.#post({ kind: 'renew', context: this.#renewed });
    this.#renewed = undefined;
    const number = this.#mailbox.nextNumber;
    const message: Posted = { kind: 'handover', connection, socket, number };
    const close = moveSocket(this.worker, refusal === undefined ? message : { ...message, refusal }, socket);
    this.#mailbox.posted();
    this.#unconfirmed.set(connection, close);
    this.connections.add(connection);
    this.served++;
  }

  /**
   * Asks the thread whether it has the connections of which it has said nothing since they were handed over. It gets the
   * question behind them, so its answer is certain.
   */
  confirm(): void {
    if (this.#unconfirmed.size > 0) {
      this.#post({ kind: 'confirm', connections: [...this.#unconfirmed.keys()] });
    }
  }

  /** Ends all its connections behind what they have in progress. */
  drain(): void {
    this.#post({ kind: 'drain' });
  }

  /** Gives events to a connection. What is told in one step crosses together, and once for all connections that are told the same. */
  tell(connection: number, text: string): void {
    if (this.#told.length === 0) queueMicrotask(() => this.#postTold());
    const last = this.#told.at(-1);
    if (last?.text === text) last.connections.push(connection);
    else this.#told.push({ text, connections: [connection] });
  }

  drop(connection: number, reason: string): void {
    this.#post({ kind: 'drop', connection, reason });
  }

  /** Meets later connections with these TLS credentials. */
  renew(context: SecureContextOptions): void {
    this.#renewed = context;
  }

  /** Whether it has been told to end. */
  get retired(): boolean {
    return this.#retired;
  }

  /** Whether it has been told to let all others compute first. It should not be given connections any more. */
  get demoted(): boolean {
    return this.#demoted;
  }

  /**
   * Lets all other threads compute first, from now on: only root could take that back. Linux has a priority for each
   * thread (sched(7), "The nice value"); on other systems it does nothing.
   */
  demote(): void {
    this.#demoted = true;
    const { task } = this.pulse.read();
    if (task === 0) return;
    try {
      setPriority(task, constants.priority.PRIORITY_LOW);
    } catch {
      // The thread is ending.
    }
  }

  /** Lets the thread end in order. It must have no connection and get none any more. */
  retire(): void {
    this.#retired = true;
    this.#post({ kind: 'retire' });
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(reason: string): Promise<void> {
    this.#reason ??= reason;
    await this.worker.terminate();
  }

  /** The thread has rung: answers what it has asked. */
  rung(): void {
    for (let batch = this.#mailbox.take(); batch; batch = this.#mailbox.take()) this.#answer(batch);
  }

  #answer({ slot, requests }: Batch): void {
    if (this.#unconfirmed.size > 0) {
      for (const { connection } of requests) this.#unconfirmed.delete(connection);
    }
    this.#events.asked(requests, (results, completes) => {
      // What was told before stays before.
      this.#postTold();
      if (completes && this.#mailbox.answer(slot, results)) return;
      this.#post({ kind: 'results', slot: completes ? slot.index : undefined, results } satisfies Results);
    });
  }

  #closed(closed: Closed): void {
    this.#unconfirmed.delete(closed.connection);
    this.#events.closed(closed);
  }

  #confirmed({ connections, missing }: Confirmed): void {
    const lost = missing.filter((connection) => this.#unconfirmed.has(connection));
    for (const connection of lost) this.#unconfirmed.get(connection)!();
    for (const connection of connections) this.#unconfirmed.delete(connection);
    for (const connection of lost) this.#events.lost(connection);
  }

  #postTold(): void {
    if (this.#told.length === 0) return;
    const told = this.#told;
    this.#told = [];
    this.#post({ kind: 'events', told });
  }

  #post(message: ToThread): void {
    this.worker.postMessage({ ...message, number: this.#mailbox.nextNumber } satisfies Posted);
    this.#mailbox.posted();
  }
}
