/** What a thread is doing. */
export const activities = ['starting', 'idle', 'working', 'waiting'] as const;
export type Activity = (typeof activities)[number];

const [, IDLE, WORKING, WAITING] = [0, 1, 2, 3];

const ACTIVITY = 0;
const TURNS = 1;
const TASK = 2;
const WORDS = 3;

/**
 * A thread's heartbeat, in memory shared with main. The thread says what it is doing; it costs nothing while it is idle.
 * A thread that stays 'working' in the same turn makes no progress. One that is 'waiting' waits for main.
 *
 * The thread alone writes, and main looks again and again, so plain stores do.
 */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  #turns = 0;

  constructor(memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Does a piece of the thread's work. When it throws, the thread is at its end anyway. */
  turn(work: () => void): void {
    this.begin();
    work();
    this.end();
  }

  begin(): void {
    this.#turns = (this.#turns + 1) | 0;
    this.#words[TURNS] = this.#turns;
    this.#words[ACTIVITY] = WORKING!;
  }

  end(): void {
    this.#words[ACTIVITY] = IDLE!;
  }

  /**
   * Sleeps until the word at `index` of `words` is not `seen` any more and somebody has notified it; false when it is still `seen`
   * after `patience` milliseconds. Within a turn.
   */
  wait(words: Int32Array<SharedArrayBuffer>, index: number, seen: number, patience?: number): boolean {
    this.#words[ACTIVITY] = WAITING!;
    const end = Atomics.wait(words, index, seen, patience);
    this.#words[ACTIVITY] = WORKING!;
    return end !== 'timed-out';
  }

  /** The thread can be used. `task` is the system's number for it, 0 where that is not known. */
  ready(task: number): void {
    this.#words[TASK] = task;
    this.#words[ACTIVITY] = IDLE!;
  }

  read(): { readonly activity: Activity; readonly turns: number; readonly task: number } {
    const [activity, turns, task] = this.#words as unknown as [number, number, number];
    return { activity: activities[activity]!, turns, task };
  }
}
