/**
 * Does jobs, `atOnce` at a time and the rest in turn: one of each lane, then one of each again. So a lane with many
 * jobs makes its own wait, and the other lanes' only for one of them.
 */
export class FairQueue {
  readonly #atOnce: number;
  readonly #most: number;
  /** In the order of their turns. */
  readonly #lanes = new Map<string, (() => void)[]>();
  #running = 0;
  #waiting = 0;

  /** `most`: how many jobs may wait. */
  constructor(atOnce: number, most: number) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  get full(): boolean {
    return this.#waiting >= this.#most;
  }

  /**
   * Resolves or rejects as the job does.
   *
   * @throws Error when the queue is full.
   */
  async run<T>(lane: string, job: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#turn(lane);
    this.#running++;
    try {
      return await job();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #turn(lane: string): Promise<void> {
    if (this.full) throw new Error('the queue is full');
    this.#waiting++;
    return new Promise((resolve) => {
      const jobs = this.#lanes.get(lane);
      if (jobs) jobs.push(resolve);
      else this.#lanes.set(lane, [resolve]);
    });
  }

  #next(): void {
    const [turn] = this.#lanes;
    if (!turn) return;
    const [lane, jobs] = turn;
    this.#lanes.delete(lane);
    const start = jobs.shift()!;
    if (jobs.length > 0) this.#lanes.set(lane, jobs);
    this.#waiting--;
    start();
  }
}
