const RUNG = 0;
const FIRST = 1;
/** Far beyond what a machine carries. */
const PLACES = 32 * 1024;
const BITS = 32;
/** Of all who ring at once so many are answered as take so long (ms), before main looks after its other affairs. */
const LOOK_MS = 3;

/**
 * How threads wake main: each has a place with a bit of its own, sets it, and rings. Main, once awake, serves all whose bits
 * are set, so the more threads ask the less often it has to be woken.
 *
 * No thread can keep another's ring from being heard. A bit is set in one step, and whoever dies between that and the
 * ring loses no ring but its own: main looks at all bits at anybody's.
 *
 * Main reads the count of rings first and the bits second, and sleeps only while the count is what it read. A thread sets its
 * bit first and counts second. So a bit is either seen or has changed the count.
 */
export class Bell {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #taken = new Set<number>();
  #last = 0;
  /** The first place of the word that has its turn next. */
  #at = 0;
  #stopped = false;

  constructor(memory = new SharedArrayBuffer((FIRST + PLACES / BITS) * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** For main: a free place. @throws Error when there is none. */
  takePlace(): number {
    let place = 0;
    while (this.#taken.has(place)) place++;
    if (place === PLACES) throw new Error(`there are ${PLACES} threads already`);
    this.#taken.add(place);
    this.#last = Math.max(this.#last, place);
    return place;
  }

  /** For main: the place's thread is gone. */
  freePlace(place: number): void {
    this.#take(place);
    this.#taken.delete(place);
  }

  /** For a thread. */
  ring(place: number): void {
    Atomics.or(this.#words, FIRST + Math.floor(place / BITS), 1 << (place % BITS));
    Atomics.add(this.#words, RUNG, 1);
    Atomics.notify(this.#words, RUNG);
  }

  /** For main: calls `answer` with the place of everyone who rings. It must not throw. */
  listen(answer: (place: number) => void): void {
    const look = (): void => {
      if (this.#stopped) return;
      const rung = Atomics.load(this.#words, RUNG);
      if (!this.#look(answer)) return void setImmediate(look);
      const sleep = Atomics.waitAsync(this.#words, RUNG, rung);
      if (sleep.async) void sleep.value.then(look);
      // Not at once: between two rounds main looks after its other affairs.
      else setImmediate(look);
    };
    look();
  }

  /** For main. */
  stop(): void {
    this.#stopped = true;
  }

  /** Goes once around, from where it was the last time. False when that would take too long: some are still to be answered, then. */
  #look(answer: (place: number) => void): boolean {
    const began = performance.now();
    for (let first = 0; first <= this.#last; first += BITS) {
      if (this.#at > this.#last) this.#at = 0;
      const index = FIRST + this.#at / BITS;
      let bits = this.#words[index] === 0 ? 0 : Atomics.exchange(this.#words, index, 0);
      while (bits !== 0) {
        const bit = BITS - 1 - Math.clz32(bits);
        bits &= ~(1 << bit);
        answer(this.#at + bit);
        if (performance.now() - began < LOOK_MS) continue;
        // They ring on.
        Atomics.or(this.#words, index, bits);
        this.#at += BITS;
        return false;
      }
      this.#at += BITS;
    }
    return true;
  }

  #take(place: number): void {
    Atomics.and(this.#words, FIRST + Math.floor(place / BITS), ~(1 << (place % BITS)));
  }
}
