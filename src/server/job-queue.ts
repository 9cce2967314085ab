import { FairQueue } from '../fair-queue.ts';

/** There are too many jobs. */
export class QueueFullError extends Error {
  override name = 'QueueFullError';
}

interface Waiting {
  /** It has its turn. */
  start(): void;
  giveUp(reason: unknown): void;
}

/** Does jobs, `atOnce` at a time and the rest in turn by lane. */
export class JobQueue {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #waiting = new FairQueue<Waiting>();
  #running = 0;

  /** `most`: how many jobs may wait. Beyond it the longest lane gives its last one up. */
  constructor(atOnce: number, most: number) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves or rejects as the job does. When `signal` aborts before its turn the job is not done, and this rejects with its reason.
   *
   * @throws QueueFullError when too many wait, at once or when others come.
   */
  async run<T>(lane: string, job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#turn(lane, signal);
    try {
      return await job();
    } finally {
      // Whoever has the next turn runs in place of this one.
      const next = this.#waiting.take();
      if (next) next.start();
      else this.#running--;
    }
  }

  #turn(lane: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#most) this.#makeRoom(lane);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(lane, waiting);
        reject(signal!.reason);
      };
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
        giveUp: (reason) => {
          signal?.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', leave);
      this.#waiting.add(lane, waiting);
    });
  }

  /** @throws QueueFullError when no lane is longer than this one would be. */
  #makeRoom(lane: string): void {
    const full = new QueueFullError('too many jobs wait');
    const longest = this.#waiting.longest;
    const mostOfOne = longest === undefined ? 0 : this.#waiting.lengthOf(longest);
    if (mostOfOne <= this.#waiting.lengthOf(lane) + 1) throw full;
    this.#waiting.takeLast(longest!)!.giveUp(full);
  }
}
