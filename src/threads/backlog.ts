import type { Frame } from '../protocol/frame.ts';

/** What of one connection is in progress at most, at least one request. */
const MAX_IN_PROGRESS = 64;
const MAX_CHARACTERS_IN_PROGRESS = 256 * 1024;
/** Of those whose replies may be large; fewer when one reply may be so long that together they would have more characters than that. */
const MAX_LARGE = 4;
const MAX_LARGE_CHARACTERS = 4 * 1024 * 1024;
/** A reply may hold one message, however long it is: six characters for a byte of what was sent, at the most. */
const CHARACTERS_PER_BYTE = 6;

/** An idle connection should hold nothing of what it once asked. */
const NONE: readonly never[] = [];

/** The frames of a connection that have been read: those that wait, and how much is in progress. */
export class Backlog {
  readonly #maxLarge: number;
  #frames: readonly Frame[] = NONE;
  #next = 0;
  /** How many requests are in progress. */
  inProgress = 0;
  /** Of those, oldest first, how many characters each has, and below zero those whose replies may be large. */
  readonly #inProgress: number[] = [];
  #characters = 0;
  #large = 0;

  /** `maxRequest`: as of FrameDecoder. */
  constructor(maxRequest: number) {
    const most = Math.floor(MAX_LARGE_CHARACTERS / (maxRequest * CHARACTERS_PER_BYTE));
    this.#maxLarge = Math.max(1, Math.min(MAX_LARGE, most));
  }

  /** How many frames wait. */
  get waiting(): number {
    return this.#frames.length - this.#next;
  }

  /** Whether so much is in progress that the next frame has to wait, whatever it is. */
  get full(): boolean {
    return this.inProgress >= MAX_IN_PROGRESS || this.#characters >= MAX_CHARACTERS_IN_PROGRESS;
  }

  push(frames: readonly Frame[]): void {
    this.#frames = this.waiting > 0 ? [...this.#frames.slice(this.#next), ...frames] : frames;
    this.#next = 0;
  }

  /** The next frame; undefined when none waits or too much is in progress. */
  get next(): Frame | undefined {
    return this.full ? undefined : this.#frames[this.#next];
  }

  /** Whether a request whose reply may be large has to wait. */
  get fullOfLarge(): boolean {
    return this.#large === this.#maxLarge;
  }

  /** The next frame does not wait any more. */
  shift(): void {
    this.#next++;
    if (this.waiting === 0) this.clear();
  }

  /** A request of so many characters is in progress from now on. Returns whether another one may be. */
  begin(characters: number, large: boolean): boolean {
    // There is no empty line whose reply is large.
    this.inProgress++;
    this.#inProgress.push(large ? -characters : characters);
    this.#characters += characters;
    if (large) this.#large++;
    return !this.full;
  }

  /** The oldest `count` requests in progress are answered. */
  finish(count: number): void {
    this.inProgress -= count;
    for (let left = count; left > 0; left--) {
      // It gives the array's memory back with the last one, which shift() does not.
      const one = this.#inProgress.length === 1 ? this.#inProgress.pop()! : this.#inProgress.shift()!;
      this.#characters -= Math.abs(one);
      if (one < 0) this.#large--;
    }
  }

  /** Forgets the frames that wait. */
  clear(): void {
    this.#frames = NONE;
    this.#next = 0;
  }
}
