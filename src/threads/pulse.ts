/** What a thread is doing. */
export const activities = ['starting', 'idle', 'working', 'waiting'] as const;
export type Activity = (typeof activities)[number];

const ACTIVITY = 0;
const TURNS = 1;
const TASK = 2;
const WORDS = 3;

/**
 * A thread's heartbeat, in memory shared with main. The thread says what it is doing; it costs nothing while it is idle.
 * A thread that stays 'working' in the same turn makes no progress. One that is 'waiting' waits for main.
 */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Does a piece of the thread's work. When it throws, the thread is at its end anyway. */
  turn(work: () => void): void {
    Atomics.add(this.#words, TURNS, 1);
    this.#set('working');
    work();
    this.#set('idle');
  }

  /** Waits for main, within a turn. */
  wait(wait: () => void): void {
    this.#set('waiting');
    wait();
    this.#set('working');
  }

  /** The thread can be used. `task` is the system's number for it, 0 where that is not known. */
  ready(task: number): void {
    Atomics.store(this.#words, TASK, task);
    this.#set('idle');
  }

  read(): { readonly activity: Activity; readonly turns: number; readonly task: number } {
    return {
      task: Atomics.load(this.#words, TASK),
      activity: activities[Atomics.load(this.#words, ACTIVITY)]!,
      turns: Atomics.load(this.#words, TURNS),
    };
  }

  #set(activity: Activity): void {
    Atomics.store(this.#words, ACTIVITY, activities.indexOf(activity));
  }
}
