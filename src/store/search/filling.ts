import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupCommit } from '../group-commit.ts';
import type { StorageError } from '../store.ts';
import { BULK } from '../turns.ts';
import type { Words } from './words.ts';

/**
 * Between two pieces so many times as long as the last one took: while the main thread has much else to do, a piece has a twenty-fifth of
 * it. What is sent costs little more for it, and what it is behind then nobody waits for, for a search finds that too.
 */
const REST = 24;
/** While it has little else to do: how much is that, as a share of its time, and how long is the rest. */
const LITTLE = 0.5;
const SHORT_REST = 1;
const TELL_EVERY_MS = 10_000;
const AGAIN_AFTER_MS = 5000;

/** What is told of it. */
export interface FillingEvents {
  /** How many numbers of messages are left that were stored before there were pages: at the beginning, now and then, and 0 in the end. */
  readonly onLeft: (left: number) => void;
  /** It failed, and not because of the disk; it will be tried again. */
  readonly onFailed: (error: StorageError) => void;
}

/** Brings the words of messages into pages (see Words), little at a time and behind what others ask for. */
export class Filling {
  readonly #words: Words;
  readonly #group: GroupCommit;
  readonly #events: FillingEvents;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #toldLeft = 0;

  constructor(words: Words, group: GroupCommit, events: FillingEvents) {
    this.#words = words;
    this.#group = group;
    this.#events = events;
    this.#start();
  }

  /** A message has been stored, whose text is so long (UTF-16 units). */
  stored(units: number): void {
    this.#words.stored(units);
    this.#start();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #start(): void {
    if (this.#running || this.#words.atRest || this.#stopped.signal.aborted) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let rest = REST;
    while (!signal.aborted && !this.#words.atRest) {
      this.#tell();
      const pause = await this.#piece().then((took) => took * rest, this.#failed);
      const before = performance.eventLoopUtilization();
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
      rest = performance.eventLoopUtilization(before).utilization < LITTLE ? SHORT_REST : REST;
    }
    this.#tell();
  }

  /** Resolves to how long it took (ms). Rejects with a StorageError. */
  #piece(): Promise<number> {
    const work = () => {
      const began = performance.now();
      this.#words.work();
      return performance.now() - began;
    };
    return this.#words.writes
      ? this.#group.write('words', BULK, work)
      : this.#group.read('words', BULK, work);
  }

  readonly #failed = (error: StorageError): number => {
    if (!error.disk && !this.#stopped.signal.aborted) this.#events.onFailed(error);
    return AGAIN_AFTER_MS;
  };

  #tell(): void {
    const left = this.#words.range.low;
    const now = performance.now();
    if (left > 0 ? now - this.#toldAt < TELL_EVERY_MS : this.#toldLeft === 0) return;
    this.#toldAt = now;
    this.#toldLeft = left;
    this.#events.onLeft(left);
  }
}
