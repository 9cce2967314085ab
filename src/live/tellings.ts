import type { Steps } from '../steps.ts';
import type { Listener } from './listener.ts';

/** So many listeners are told something in one step of the main thread: each may have a thread of its own that must be posted to. */
export const TOLD_AT_ONCE = 100;
/** So many may be left to be told of what has happened; beyond it nothing more happens before there are fewer. */
const MOST_LEFT = 50_000;

/** Something that is to be told. */
interface Telling<T> {
  /** Who has not been told yet, and what. */
  readonly left: Map<Listener, T>;
  readonly tell: (listener: Listener, what: T) => void;
}

/**
 * Tells many listeners in pieces, so that others are served in between. Each listener is told everything in the order in which it
 * was given here. Few are told at once, with what they are still to be told before it, whatever else waits.
 */
export class Tellings {
  readonly #steps: Pick<Steps, 'begin'>;
  /** In order. */
  readonly #waiting: Telling<unknown>[] = [];
  #left = 0;
  #scheduled = false;

  constructor(steps: Pick<Steps, 'begin'>) {
    this.#steps = steps;
  }

  /** Tells them all the same. */
  tellAll<T>(listeners: readonly Listener[], what: T, tell: (listener: Listener, what: T) => void): void {
    if (listeners.length > TOLD_AT_ONCE) {
      return this.tell(new Map(listeners.map((listener) => [listener, what])), tell);
    }
    for (const listener of listeners) {
      this.hurry(listener);
      tell(listener, what);
    }
  }

  tell<T>(left: Map<Listener, T>, tell: (listener: Listener, what: T) => void): void {
    if (left.size <= TOLD_AT_ONCE) {
      for (const [listener, what] of left) {
        this.hurry(listener);
        tell(listener, what);
      }
      return;
    }
    this.#waiting.push({ left, tell } as unknown as Telling<unknown>);
    this.#left += left.size;
    if (!this.#scheduled) this.#piece();
    while (this.#left > MOST_LEFT) this.#piece();
  }

  /** Whether somebody is still to be told something. */
  get behind(): boolean {
    return this.#waiting.length > 0;
  }

  /** Tells one listener now what it would be told soon; returns how much that was. */
  hurry(listener: Listener): number {
    let told = 0;
    for (const { left, tell } of this.#waiting) {
      const what = left.get(listener);
      if (!left.delete(listener)) continue;
      told++;
      tell(listener, what);
    }
    this.#left -= told;
    return told;
  }

  #piece(): void {
    let told = 0;
    for (let first = this.#waiting[0]; first && told < TOLD_AT_ONCE; first = this.#waiting[0]) {
      for (const listener of first.left.keys()) {
        told += this.hurry(listener);
        if (told >= TOLD_AT_ONCE) break;
      }
      if (first.left.size === 0) this.#waiting.shift();
    }
    if (this.#waiting.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#steps.begin('events');
      this.#scheduled = false;
      this.#piece();
    });
  }
}
