import { residentBytes } from './resident.ts';
import { type Resources, resourcesHere } from './resources.ts';
import type { ThreadCost } from './thread-cost.ts';

const MiB = 1024 * 1024;

/** A thread that has done little holds about this much: 6 MiB when nobody came yet, 7.5 when somebody has asked something. */
const IDLE_THREAD_BYTES = 6.5 * MiB;
/**
 * V8's heaps grow by pages of 256 KiB, and each is a memory map of its own. Measured: 4 for each MiB of objects, 4.6 for one of long
 * strings, none for buffers.
 */
const MAPS_PER_MIB = 5;
/** What one more thread must leave over, for those that there are to grow by until the next look. */
const SPARE = { memoryMaps: 2000, memoryBytes: 64 * MiB };
/** With less than this the process is about to end: the system gives V8 no more, or the kernel ends whoever has most. */
const LEAST = { memoryMaps: 1000, memoryBytes: 32 * MiB };
/** Of the memory that there was at first, if that is less: on a small machine there was never more. */
const LEAST_SHARE = 1 / 20;
/** Counting tens of thousands of maps takes tens of milliseconds. */
const COUNT_EVERY_MS = 5000;

/**
 * What is left to the whole process of memory and memory maps, while threads come and go and their heaps grow. V8 ends the process
 * when the system gives it no more, so that has to be known before.
 *
 * It is told by the memory that the process holds, which costs nothing to ask for: a heap's pages are maps, and what is used of them
 * is held. That is more than there are, so before anybody has to give way it is counted.
 */
export class Room {
  readonly #left: Resources;
  readonly #cost: ThreadCost;
  readonly #held: () => number;
  readonly #leftNow: () => Resources;
  readonly #heldAtFirst: number;
  #counted = Number.NEGATIVE_INFINITY;

  /** `left`, `cost`: now, while there is no thread. The others are for tests. */
  constructor(
    left: Resources,
    cost: ThreadCost,
    held: () => number = residentBytes,
    leftNow = resourcesHere,
  ) {
    this.#left = left;
    this.#cost = cost;
    this.#held = held;
    this.#leftNow = leftNow;
    this.#heldAtFirst = held();
  }

  /** How many memory maps so many threads have taken, at the most. */
  mapsTaken(threads: number): number {
    const grown = Math.max(0, this.#grown - threads * IDLE_THREAD_BYTES);
    return threads * this.#cost.memoryMaps + (grown / MiB) * MAPS_PER_MIB;
  }

  /** Whether there may be so many threads more than there are. */
  isRoomFor(more: number, threads: number): boolean {
    return this.#leaves(threads + more, SPARE, this.#grown + more * IDLE_THREAD_BYTES);
  }

  /** Whether the process, with so many threads, is about to end for lack of memory or of maps. To be asked again and again. */
  isCritical(threads: number, now: number): boolean {
    if (this.#leaves(threads, this.#least, this.#grown) || now - this.#counted < COUNT_EVERY_MS) return false;
    this.#counted = now;
    const { memoryBytes, memoryMaps } = this.#leftNow();
    return (
      memoryBytes < this.#least.memoryBytes ||
      (memoryMaps ?? Number.POSITIVE_INFINITY) < this.#least.memoryMaps
    );
  }

  get #least(): typeof LEAST {
    const memoryBytes = Math.min(LEAST.memoryBytes, this.#left.memoryBytes * LEAST_SHARE);
    return { ...LEAST, memoryBytes };
  }

  get #grown(): number {
    return this.#held() - this.#heldAtFirst;
  }

  #leaves(threads: number, least: typeof SPARE, grown: number): boolean {
    const maps = (this.#left.memoryMaps ?? Number.POSITIVE_INFINITY) - this.mapsTaken(threads);
    return maps >= least.memoryMaps && this.#left.memoryBytes - grown >= least.memoryBytes;
  }
}
