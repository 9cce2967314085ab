import type { ServerEvent } from '../protocol/event.ts';
import { isSamePlace, type Place } from './place.ts';

/** What happens, as a program is told of it. */
export type ChatEvent = Exclude<ServerEvent, { readonly event: 'dropped' }>;

/** An event that waits, or the news that the events begin anew at another place. */
interface Entry {
  readonly event: ChatEvent | undefined;
  /** Where the program is once it has been handed this. */
  readonly place: Place;
  readonly size: number;
}

/** The last event may go beyond it. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The events between a connection and the program: a bounded queue that knows how far both are.
 *
 * 1. What has a number is handed out in the order in which it was put, each once.
 * 2. When there is no room an event is not taken, and none behind it, until `begin` says that they come again behind `reached`.
 * 3. `presence` and `read` have no number: those that find no room are lost.
 */
export class EventQueue {
  readonly #maxEvents: number;
  readonly #onRoom: () => void;
  #entries: Entry[] = [];
  #bytes = 0;
  #place: Place = { number: 0, incarnation: undefined };
  #reached: Place | undefined;
  #overflowed = false;
  #waiting: PromiseWithResolvers<ChatEvent | undefined> | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** `onRoom` is called when events were not taken and half of the queue is free again. */
  constructor(maxEvents: number, since: Place | undefined, onRoom: () => void) {
    this.#maxEvents = maxEvents;
    this.#reached = since;
    this.#onRoom = onRoom;
  }

  /** Of the last event that was handed out, or where the events began. */
  get place(): Place {
    return this.#place;
  }

  /** Of the last event that was taken. Undefined until it is known where they begin. */
  get reached(): Place | undefined {
    return this.#reached;
  }

  /** Whether events were not taken and there is no room for them yet. */
  get full(): boolean {
    return this.#overflowed && (this.#entries.length > this.#maxEvents / 2 || this.#bytes > MOST_BYTES / 2);
  }

  /** The events that are put from now on are those behind `since`: `reached`, or another place when the server's database is another. */
  begin(since: Place): void {
    this.#overflowed = false;
    if (this.#entries.length === 0) this.#place = since;
    else if (!isSamePlace(this.#reached, since))
      this.#entries.push({ event: undefined, place: since, size: 0 });
    this.#reached = since;
  }

  /** False when it is not taken. */
  put(event: ChatEvent, size: number): boolean {
    if (this.#end) return true;
    this.#overflowed ||= this.#entries.length >= this.#maxEvents || this.#bytes >= MOST_BYTES;
    if (this.#overflowed) return false;
    if ('id' in event) this.#reached = { ...this.#reached!, number: event.id };
    const place = this.#reached!;
    if (this.#waiting) {
      this.#place = place;
      this.#waiting.resolve(event);
      this.#waiting = undefined;
    } else {
      this.#entries.push({ event, place, size });
      this.#bytes += size;
    }
    return true;
  }

  /**
   * Resolves to the next event, as soon as there is one; to undefined when the queue was ended. Not to be called while it waits.
   *
   * @throws the error that the queue was ended with, behind the last event.
   */
  async take(): Promise<ChatEvent | undefined> {
    const wasFull = this.full;
    const event = this.#next();
    if (wasFull && !this.full) this.#onRoom();
    if (event) return event;
    if (this.#end?.error) throw this.#end.error;
    if (this.#end) return undefined;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #next(): ChatEvent | undefined {
    for (;;) {
      const entry = this.#entries.shift();
      if (!entry) return undefined;
      this.#place = entry.place;
      this.#bytes -= entry.size;
      if (entry.event) return entry.event;
    }
  }

  /** Nothing is put any more. What waits is still handed out. */
  end(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    if (error) this.#waiting?.reject(error);
    else this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }
}
