/** Doubled with each death, and forgotten after a quiet time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const RESET_AFTER_MS = 30_000;

/** Damps a crash loop: after a thread has died no spare one is started for a while, and when threads die as they start, none at all. */
export class Damper {
  readonly #over: () => void;
  #pause = FIRST_PAUSE_MS;
  #lastDeath = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #startsFail = false;

  /** `over` is called at the end of each rest. */
  constructor(over: () => void) {
    this.#over = over;
  }

  get resting(): boolean {
    return this.#timer !== undefined;
  }

  get startsFail(): boolean {
    return this.#startsFail;
  }

  /** A thread has died; `starting`: before it was ready. */
  rest(starting: boolean): void {
    const now = performance.now();
    const quiet = now - this.#lastDeath > RESET_AFTER_MS;
    this.#pause = quiet ? FIRST_PAUSE_MS : Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#lastDeath = now;
    this.#startsFail ||= starting;
    this.#timer ??= setTimeout(() => {
      this.stop();
      this.#over();
    }, this.#pause);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#startsFail = false;
  }
}
