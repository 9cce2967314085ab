import type { Frame } from '../protocol/frame.ts';

/** What of one connection is in progress at most, at least one request. */
const MAX_IN_PROGRESS = 64;
const MAX_CHARACTERS_IN_PROGRESS = 256 * 1024;
/** Of the replies to come, each taken to be as long as the longest of late; until there is one, as long as this. */
const MAX_REPLY_CHARACTERS = 1024 * 1024;
const FIRST_REPLY_CHARACTERS = 64 * 1024;

/** An idle connection should hold nothing of what it once asked. */
const NONE: readonly never[] = [];

const lengthOf = (frame: Frame): number => ('line' in frame ? frame.line.length : 0);

/** The frames of a connection that have been read: those that wait, and how much is in progress. */
export class Backlog {
  #frames: readonly Frame[] = NONE;
  #next = 0;
  /** Of the frames in progress, oldest first. */
  readonly #lengths: number[] = [];
  #characters = 0;
  #replyCharacters = FIRST_REPLY_CHARACTERS;

  /** How many frames wait. */
  get waiting(): number {
    return this.#frames.length - this.#next;
  }

  /** Whether so much is in progress that the next frame has to wait. */
  get full(): boolean {
    const count = this.#lengths.length;
    return (
      count >= MAX_IN_PROGRESS ||
      this.#characters >= MAX_CHARACTERS_IN_PROGRESS ||
      count * this.#replyCharacters >= MAX_REPLY_CHARACTERS
    );
  }

  /** How many are in progress. */
  get inProgress(): number {
    return this.#lengths.length;
  }

  push(frames: readonly Frame[]): void {
    this.#frames = this.waiting > 0 ? [...this.#frames.slice(this.#next), ...frames] : frames;
    this.#next = 0;
  }

  /** Takes the next frame, which is in progress from now on; undefined when none waits or too much is in progress. */
  begin(): Frame | undefined {
    const frame = this.full ? undefined : this.#frames[this.#next];
    if (!frame) return undefined;
    this.#next++;
    if (this.waiting === 0) this.clear();
    this.#lengths.push(lengthOf(frame));
    this.#characters += lengthOf(frame);
    return frame;
  }

  /** The oldest `count` frames in progress are answered, in `replyCharacters`. */
  finish(count: number, replyCharacters: number): void {
    if (count > 0) this.#replyCharacters = Math.max(replyCharacters / count, this.#replyCharacters / 2);
    for (let left = count; left > 0; left--) this.#characters -= this.#lengths.shift() ?? 0;
    // Gives the array's memory back, which shift() does not.
    if (this.#lengths.length === 0) this.#lengths.length = 0;
  }

  /** Forgets the frames that wait. */
  clear(): void {
    this.#frames = NONE;
    this.#next = 0;
  }
}
