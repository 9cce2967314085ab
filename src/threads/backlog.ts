import { mayBeLarge } from '../commands/index.ts';
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

interface InProgress {
  readonly characters: number;
  readonly large: boolean;
}

/** The frames of a connection that have been read: those that wait, and how much is in progress. */
export class Backlog {
  readonly #maxLarge: number;
  #frames: readonly Frame[] = NONE;
  #next = 0;
  /** Oldest first. */
  readonly #inProgress: InProgress[] = [];
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

  /** How many are in progress. */
  get inProgress(): number {
    return this.#inProgress.length;
  }

  push(frames: readonly Frame[]): void {
    this.#frames = this.waiting > 0 ? [...this.#frames.slice(this.#next), ...frames] : frames;
    this.#next = 0;
  }

  /** Takes the next frame, which is in progress from now on; undefined when none waits or too much is in progress. */
  begin(): Frame | undefined {
    const frame = this.full ? undefined : this.#frames[this.#next];
    if (!frame) return undefined;
    const line = 'line' in frame ? frame.line : '';
    const large = mayBeLarge(line);
    if (large && this.#large === this.#maxLarge) return undefined;
    this.#next++;
    if (this.waiting === 0) this.clear();
    this.#inProgress.push({ characters: line.length, large });
    this.#characters += line.length;
    if (large) this.#large++;
    return frame;
  }

  /** The oldest `count` frames in progress are answered. */
  finish(count: number): void {
    for (let left = count; left > 0; left--) {
      const { characters, large } = this.#inProgress.shift()!;
      this.#characters -= characters;
      if (large) this.#large--;
    }
    // Gives the array's memory back, which shift() does not.
    if (this.inProgress === 0) this.#inProgress.length = 0;
  }

  /** Forgets the frames that wait. */
  clear(): void {
    this.#frames = NONE;
    this.#next = 0;
  }
}
