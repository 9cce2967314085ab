import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import type { SecureContextOptions } from 'node:tls';
import { networkOf } from '../address.ts';
import { FairQueue } from '../fair-queue.ts';
import { inTurns } from '../in-turns.ts';
import type { Log } from '../log.ts';
import { encodeReply, refuse } from '../protocol/reply.ts';
import type { Steps } from '../steps.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import type { Answerer } from './answerer.ts';
import { Bell } from './bell.ts';
import { ConnectionThread, type ThreadSettings } from './connection-thread.ts';
import { type CounterValues, sumOf } from './counters.ts';
import { Damper } from './damper.ts';
import type { Closed } from './messages.ts';
import { LostError } from './moving.ts';
import { isReset } from './reset.ts';
import type { Room } from './room.ts';
import type { Tally } from './tally.ts';

export interface PoolSettings extends ThreadSettings, AdmissionLimits {
  /** How many threads wait for a connection. */
  readonly spareThreads: number;
  /** Up to this many threads every connection has one of its own; beyond, connections share. */
  readonly maxThreads: number;
  /** Set: exactly this many threads, shared by all connections. */
  readonly sharedThreads: number | undefined;
}

/** Called when a thread has died, with its reason and who was in it. */
export type OnFailure = (thread: ConnectionThread, reason: string, connections: readonly string[]) => void;

/** After this many connections a thread is replaced, so that nothing can gather in it for ever. */
const CONNECTIONS_PER_THREAD = 1000;
/** So often threads are asked after connections that they were given and have said nothing of, and spare ones may have to go. */
const LOOK_AFTER_EVERY_MS = 1000;
/** Placing one takes a millisecond or two when there are thousands of threads, and then hundreds may wait to share them: others have their turn after so long. */
const PLACING_MS = 2;
/** Starting a thread is all computing: more at once would make each of them, and those that work, slower. */
const STARTING_AT_ONCE = 2 * availableParallelism();
/** Main cannot hear that a client is gone whose socket waits unread, so it looks this often, at so many at once at the most. */
const LOOK_EVERY_MS = 100;
const LOOKS_AT_ONCE = 500;

/** A socket that waits for a thread. */
interface Arrival {
  readonly connection: number;
  readonly socket: Socket;
  readonly peer: string;
  /** What its address counts as. */
  readonly network: string;
}

/**
 * Places connections in threads.
 *
 * A connection gets a thread of its own: a spare one, or the next one that is ready. Its socket waits for that, accepted
 * but untouched, and addresses have their turns; for clients that are gone by then no thread is started. From `maxThreads` on it gets the least-loaded thread, which it then shares.
 *
 * A thread whose last connection has ended in order holds nothing of it any more (the connection object is gone with its
 * socket, and what a client sends is never run), and it is warm, so it becomes a spare one again if there are too few,
 * and else ends. A thread that failed is never used again.
 */
export class ThreadPool {
  #settings: PoolSettings;
  /** Every thread there is, also those that are ending. */
  readonly threads = new Set<ConnectionThread>();
  readonly #answerer: Answerer;
  readonly #log: Log;
  readonly #steps: Steps;
  readonly #onFailure: OnFailure;
  readonly #admission: Admission;
  readonly #refused: Tally;
  readonly #dropped: Tally;
  readonly #bell = new Bell();
  readonly #byPlace = new Map<number, ConnectionThread>();
  readonly #starting = new Set<ConnectionThread>();
  #spare: ConnectionThread[] = [];
  readonly #waiting = new FairQueue<Arrival>();
  #looking: NodeJS.Timeout | undefined;
  #past = sumOf([]);
  /** How many threads have died. */
  died = 0;
  /** By connection. */
  readonly #threadOf = new Map<number, ConnectionThread>();
  #threadCount = 0;
  #connectionCount = 0;
  readonly #damper = new Damper(() => this.#placeWaiting());
  readonly #lookingAfter: NodeJS.Timeout;
  #placingLater = false;
  readonly #room: Pick<Room, 'isRoomFor'>;
  #stopping: PromiseWithResolvers<void> | undefined;

  /** `refused` counts whom it does not serve, `dropped` the connections that do not end in order. */
  constructor(
    settings: PoolSettings,
    options: {
      answerer: Answerer;
      log: Log;
      onFailure: OnFailure;
      refused: Tally;
      dropped: Tally;
      steps: Steps;
      room: Pick<Room, 'isRoomFor'>;
    },
  ) {
    this.#settings = settings;
    this.#admission = new Admission(settings);
    this.#refused = options.refused;
    this.#dropped = options.dropped;
    this.#answerer = options.answerer;
    this.#log = options.log;
    this.#steps = options.steps;
    this.#room = options.room;
    this.#onFailure = options.onFailure;
    this.#bell.listen((place) => this.#serve(this.#byPlace.get(place)));
    this.#lookingAfter = setInterval(() => this.#look(), LOOK_AFTER_EVERY_MS).unref();
    this.#startMissing();
  }

  get settings(): PoolSettings {
    return this.#settings;
  }

  /** How many connections there are, also those that wait for a thread. */
  get connections(): number {
    return this.#admission.connections;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** What all threads that there ever were have counted. */
  totals(): CounterValues {
    return sumOf([this.#past, ...[...this.threads].map(({ counters }) => counters.read())]);
  }

  /** Takes over a fresh socket, from which nothing has been read, and moves it into a thread. */
  take(socket: Socket): void {
    this.#steps.begin('accept');
    const connection = ++this.#connectionCount;
    const address = String(socket.remoteAddress);
    const peer = `${address}:${socket.remotePort}`;
    const arrival = { connection, socket, peer, network: networkOf(address) };
    const decision = this.#admission.admit(connection, address);
    if (decision !== 'admitted') {
      this.#refused.add(decision.refusal);
      const refusal = encodeReply(refuse(decision.refusal));
      if (decision.inPassing) return this.#turnAway(socket, refusal);
      return this.#place(this.#leastLoaded(), arrival, refusal);
    }
    this.#waiting.add(arrival.network, arrival);
    this.#placeWaiting();
    if (this.#waiting.size > 0) this.#lookSoon();
  }

  /**
   * Tells a client that it is not served, and closes at once, which takes no descriptor for longer than this step. One that has
   * already asked something may not get it, and under TLS it would make no sense.
   */
  #turnAway(socket: Socket, refusal: string): void {
    if (!this.settings.tls) socket.on('error', () => {}).write(refusal, 'latin1');
    socket.destroy();
  }

  /** Drops a connection; false when there is none of that number. */
  drop(connection: number, reason: string): boolean {
    const thread = this.#threadOf.get(connection);
    thread?.drop(connection, reason);
    return thread !== undefined;
  }

  /** Meets later connections with these TLS credentials; there must have been some before. Open connections keep theirs. */
  renew(context: SecureContextOptions): void {
    this.#settings = { ...this.#settings, tls: { ...this.#settings.tls!, context } };
    for (const thread of this.threads) if (!thread.retired) thread.renew(context);
  }

  /** Ends all connections behind what they have in progress; resolves when every thread has ended, by force after `timeout` ms. */
  async stop(timeout: number): Promise<void> {
    this.#stopping = Promise.withResolvers();
    this.#damper.stop();
    for (let one = this.#waiting.take(); one; one = this.#waiting.take()) one.socket.destroy();
    const timer = setTimeout(() => {
      for (const thread of this.threads) void thread.terminate('it had not finished when the server ended');
    }, timeout);
    await inTurns([...this.threads], (thread) => {
      if (thread.connections.size > 0) thread.drain();
      else thread.retire();
    });
    if (this.threads.size > 0) await this.#stopping.promise;
    clearTimeout(timer);
    clearInterval(this.#lookingAfter);
    this.#bell.stop();
  }

  /** Finds threads for those who wait. */
  #placeWaiting(): void {
    this.#startMissing();
    const { sharedThreads, maxThreads } = this.settings;
    const began = performance.now();
    while (this.#firstWaiting) {
      if (performance.now() - began > PLACING_MS) return this.#placeLater();
      // Not even for the last who waits.
      const noneWillCome = (): boolean =>
        this.#starting.size < this.#waiting.size &&
        (this.threads.size >= maxThreads || this.#damper.startsFail || !this.#isRoomFor(1));
      const share = sharedThreads !== undefined || noneWillCome();
      const thread = this.#spare.shift() ?? (share ? this.#leastLoaded() : undefined);
      if (!thread) break;
      this.#place(thread, this.#waiting.take()!);
    }
    this.#startMissing();
  }

  #placeLater(): void {
    if (this.#placingLater) return;
    this.#placingLater = true;
    setImmediate(() => {
      this.#steps.begin('accept');
      this.#placingLater = false;
      this.#placeWaiting();
    });
  }

  /** Whose turn it is to get a thread; those who are gone lose theirs. */
  get #firstWaiting(): Arrival | undefined {
    let arrival = this.#waiting.first;
    while (arrival && isReset(arrival.socket)) {
      this.#leaveQueue(arrival);
      arrival = this.#waiting.first;
    }
    return arrival;
  }

  #lookSoon(): void {
    this.#looking ??= setTimeout(() => {
      this.#steps.begin('accept');
      this.#looking = undefined;
      let looks = 0;
      for (const arrival of this.#waiting) {
        if (isReset(arrival.socket)) this.#leaveQueue(arrival);
        if (++looks === LOOKS_AT_ONCE) break;
      }
      if (this.#waiting.size > 0) this.#lookSoon();
    }, LOOK_EVERY_MS).unref();
  }

  /** The client of one who waits for a thread is gone. */
  #leaveQueue(arrival: Arrival): void {
    const { connection, network, socket, peer } = arrival;
    this.#waiting.delete(network, arrival);
    this.#admission.leave(connection);
    this.#dropped.add('the client was gone before it had a thread');
    this.#log.traffic(() => `connection ${connection} from ${peer} was gone before it had a thread`);
    socket.destroy();
  }

  #place(thread: ConnectionThread | undefined, arrival: Arrival, refusal?: string): void {
    const { connection, socket, peer } = arrival;
    try {
      if (!thread) throw new Error('there is no thread for it');
      thread.handOver(connection, socket, refusal);
      this.#threadOf.set(connection, thread);
    } catch (error) {
      // Mostly: the client was gone before its socket could be moved.
      this.#admission.leave(connection);
      if (error instanceof LostError) this.#dropped.add(error.message);
      this.#log.traffic(() => `connection ${connection} from ${peer} was not served: ${String(error)}`);
      socket.destroy();
      if (thread) this.#keep(thread);
      return;
    }
    this.#answerer.open(connection, peer, thread!);
    const verb = refusal === undefined ? 'has' : 'is refused in';
    this.#log.traffic(() => `connection ${connection} from ${peer} ${verb} thread ${thread.number}`);
  }

  #leastLoaded(): ConnectionThread | undefined {
    const { sharedThreads } = this.settings;
    const load = (thread: ConnectionThread): number => {
      // One that starts is for somebody who waits.
      const unfit = thread.demoted || (sharedThreads === undefined && this.#starting.has(thread));
      return unfit ? Number.POSITIVE_INFINITY : thread.connections.size;
    };
    let least: ConnectionThread | undefined;
    for (const thread of this.threads) {
      if (!thread.retired && (!least || load(thread) < load(least))) least = thread;
    }
    return least;
  }

  #look(): void {
    this.#steps.begin('thread');
    for (const thread of this.threads) thread.confirm();
    this.#giveWay();
  }

  #serve(thread: ConnectionThread | undefined): void {
    this.#steps.begin('batch');
    try {
      thread?.rung();
    } catch (error) {
      this.#giveUp(thread!, error);
    }
  }

  /** A bug of ours in main: it ends the thread, whose batch has no answer, and nobody else's. */
  #giveUp(thread: ConnectionThread, error: unknown): void {
    this.#log.fault('a batch could not be answered', error);
    void thread.terminate('main could not answer it');
  }

  #start(): void {
    const thread = new ConnectionThread(++this.#threadCount, this.settings, this.#bell, {
      ready: () => {
        this.#steps.begin('thread');
        this.#starting.delete(thread);
        this.#release(thread);
      },
      asked: (requests, post) => {
        this.#steps.begin('batch');
        this.#answerer.answer(requests, post).catch((error) => this.#giveUp(thread, error));
      },
      took: ({ connection, bytes }) => this.#answerer.took(connection, bytes),
      closed: (closed) => {
        this.#steps.begin('thread');
        if (closed.failure) this.#dropped.add(closed.failure);
        this.#forget(thread, closed.connection, describeEnd(closed));
        this.#release(thread);
      },
      lost: (connection) => {
        this.#steps.begin('thread');
        const reason = 'its socket never came to its thread';
        this.#dropped.add(reason);
        this.#forget(thread, connection, reason);
        this.#release(thread);
      },
      ended: (reason) => {
        this.#steps.begin('thread');
        this.#ended(thread, reason);
      },
    });
    this.threads.add(thread);
    this.#byPlace.set(thread.place, thread);
    this.#starting.add(thread);
  }

  /**
   * Starts what is missing: all shared threads, or as many as wait and are to be spare. For those who wait a few at a time;
   * spare ones are made good one after the other, for it is those who have just been given one that need the processors; and only
   * while there would be room for as many again, so that they do not come and go at the process's limits.
   */
  #startMissing(): void {
    const { sharedThreads, spareThreads, maxThreads } = this.settings;
    const most = sharedThreads ?? maxThreads;
    const spare = this.#damper.resting ? 0 : spareThreads;
    const urgent = sharedThreads ?? this.#waiting.size;
    const atOnce = Math.min(Math.max(urgent, 1), STARTING_AT_ONCE);
    const missing = (): boolean => {
      if (sharedThreads !== undefined) return true;
      const ready = this.#starting.size + this.#spare.length;
      if (ready < this.#waiting.size) return this.#isRoomFor(1);
      return ready < this.#waiting.size + spare && this.#isRoomFor(1 + spare);
    };
    while (
      !this.#stopping &&
      !this.#damper.startsFail &&
      this.threads.size < most &&
      this.#starting.size < atOnce &&
      missing()
    ) {
      try {
        this.#start();
      } catch (error) {
        // The system gives us no more threads: connections share those that there are.
        this.#log.write('error', 'a thread could not be started', { reason: String(error) });
        this.#damper.rest(true);
      }
    }
  }

  /** Whether the process has room for so many threads more. The first one may take what there is. */
  #isRoomFor(more: number): boolean {
    return this.threads.size === 0 || this.#room.isRoomFor(more, this.threads.size);
  }

  /** Threads that wait for nobody give their place to those that serve. */
  #giveWay(): void {
    if (this.settings.sharedThreads !== undefined || this.#stopping || this.#isRoomFor(0)) return;
    for (const thread of this.#spare.splice(0)) thread.retire();
  }

  #forget(thread: ConnectionThread, connection: number, end: string): void {
    if (!thread.connections.delete(connection)) return;
    this.#threadOf.delete(connection);
    this.#admission.leave(connection);
    this.#log.traffic(() => `connection ${connection} ended: ${end}`);
    this.#answerer.lose(connection);
  }

  /** Gives a thread that may be free to whoever waits, keeps it as a spare one, or lets it end. */
  #release(thread: ConnectionThread): void {
    this.#keep(thread);
    this.#placeWaiting();
  }

  #keep(thread: ConnectionThread): void {
    const { sharedThreads, spareThreads } = this.settings;
    if (thread.connections.size > 0 || thread.retired || this.#spare.includes(thread)) return;
    if (this.#stopping || thread.demoted) return thread.retire();
    if (sharedThreads !== undefined || !this.threads.has(thread)) return;
    const wanted = this.#spare.length < Math.max(spareThreads, this.#waiting.size) && this.#isRoomFor(0);
    if (wanted && thread.served < CONNECTIONS_PER_THREAD) this.#spare.push(thread);
    else thread.retire();
  }

  #ended(thread: ConnectionThread, reason: string | undefined): void {
    this.#past = sumOf([this.#past, thread.counters.read()]);
    this.threads.delete(thread);
    this.#byPlace.delete(thread.place);
    const neverReady = this.#starting.delete(thread);
    this.#spare = this.#spare.filter((spare) => spare !== thread);
    const lost = [...thread.connections].map((connection) => this.#answerer.describe(connection));
    for (const connection of thread.connections) {
      this.#dropped.add('its thread died');
      this.#forget(thread, connection, 'its thread died');
    }
    if (this.#stopping) {
      if (this.threads.size === 0) this.#stopping.resolve();
      return;
    }
    if (reason !== undefined) {
      this.died++;
      this.#onFailure(thread, reason, lost);
      this.#damper.rest(neverReady);
    }
    this.#placeWaiting();
  }
}

function describeEnd({ failure, requests, errors, bytesIn, bytesOut }: Closed): string {
  return `${failure ?? 'closed'}, ${requests} requests, ${errors} of them errors, ${bytesIn} bytes in, ${bytesOut} bytes out`;
}
