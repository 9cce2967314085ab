/** Makes one request that counts from `begun`; resolves to false when there is no connection any more. */
export type Move = (begun: number) => Promise<boolean>;

/**
 * Keeps up to `depth` requests of one connection in flight, as long as there is work: each lane makes one request behind
 * the reply to its last.
 */
export class Lanes {
  readonly #move: Move;
  readonly #depth: number;
  readonly #next: () => number | undefined;
  #running = 0;
  #lost = false;
  readonly #gone = Promise.withResolvers<void>();
  #done: PromiseWithResolvers<void> | undefined;

  /** `next`: the time from which the next request counts, or undefined when there is none now. */
  constructor(move: Move, depth: number, next: () => number | undefined) {
    this.#move = move;
    this.#depth = depth;
    this.#next = next;
  }

  /** Starts what may start now. */
  fill(): void {
    while (!this.#lost && this.#running < this.#depth) {
      const begun = this.#next();
      if (begun === undefined) return;
      this.#running++;
      void this.#run(begun);
    }
  }

  /** Resolves when the connection is lost. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Resolves when nothing is in flight; call it when there is no more work. */
  done(): Promise<void> {
    this.#done = Promise.withResolvers();
    if (this.#running === 0) this.#done.resolve();
    return this.#done.promise;
  }

  async #run(begun: number): Promise<void> {
    for (let at: number | undefined = begun; at !== undefined && !this.#lost; at = this.#next()) {
      if (await this.#move(at)) continue;
      this.#lost = true;
      this.#gone.resolve();
    }
    if (--this.#running === 0) this.#done?.resolve();
  }
}
