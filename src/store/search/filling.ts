import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupCommit } from '../group-commit.ts';
import type { StorageError } from '../store.ts';
import { BULK } from '../turns.ts';
import { BLOCK, type Words } from './words.ts';

/** Between two pieces so many times as long as the last one took: it has a tenth of the main thread at the most. */
const REST = 9;
/** When so many of the newest messages are not in pages yet there is no rest: they come faster than that. */
const MOST_PENDING = 4 * BLOCK;
const TELL_EVERY_MS = 10_000;
const AGAIN_AFTER_MS = 5000;

/** What is told of it. */
export interface FillingEvents {
  /** How many numbers of messages are left that were stored before there were pages: at the beginning, now and then, and 0 in the end. */
  readonly onLeft: (left: number) => void;
  /** It failed, and not because of the disk; it will be tried again. */
  readonly onFailed: (error: StorageError) => void;
}

/** Brings the words of messages into pages (see Words), little at a time. */
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
    if (this.#words.due) this.#start();
  }

  /** Resolves when the newest messages that are not in pages are few enough to be looked at, or the disk takes none. */
  async ready(): Promise<void> {
    try {
      while (this.#words.pending > MOST_PENDING) await this.#piece();
    } catch {
      // What is in pages can be found all the same.
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #start(): void {
    if (this.#stopped.signal.aborted || this.#words.atRest) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && !this.#words.atRest) {
      this.#tell();
      const pause = await this.#piece().then((took) => took * REST, this.#failed);
      if (this.#words.pending <= MOST_PENDING)
        await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    }
    this.#tell();
  }

  /** Resolves to how long it took (ms). Rejects with a StorageError. */
  #piece(): Promise<number> {
    return this.#group.write('words', BULK, () => {
      const began = performance.now();
      this.#words.work();
      return performance.now() - began;
    });
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
