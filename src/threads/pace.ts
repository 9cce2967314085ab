/** Milliseconds that no change of the clock disturbs. One for all: an idle connection should hold little. */
const monotonic = (): number => performance.now();

/** The token bucket of one connection: `rate` requests a second, and as many at once after a quiet second. */
export class Pace {
  readonly #rate: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(rate: number, now = monotonic) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate;
    this.#filledAt = now();
  }

  /** Takes a token for a request; false when there is none. */
  take(): boolean {
    if (this.#rate === Number.POSITIVE_INFINITY) return true;
    const now = this.#now();
    this.#tokens = Math.min(this.#rate, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
