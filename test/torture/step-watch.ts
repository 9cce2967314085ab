import { askServer } from '../../src/control/client.ts';
import type { LongStep } from '../../src/steps.ts';

const LOOK_EVERY_MS = 1000;

/** The longest step of the main threads of all servers that there were, and how many were over the budget, by name. */
export interface StepsSeen {
  readonly longest: LongStep | undefined;
  readonly over: ReadonlyMap<string, number>;
}

/**
 * Asks a server that is killed and started again how long its main thread kept everybody waiting, as often as it can be asked: what it
 * has measured since the last look is lost when it is killed.
 */
export class StepWatch {
  readonly #data: string;
  readonly #timer: NodeJS.Timeout;
  #longest: LongStep | undefined;
  /** By process, what it said last. */
  readonly #over = new Map<number, Readonly<Record<string, number>>>();
  #asking = false;

  constructor(data: string) {
    this.#data = data;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get seen(): StepsSeen {
    const over = new Map<string, number>();
    for (const counts of this.#over.values()) {
      for (const [name, count] of Object.entries(counts)) over.set(name, (over.get(name) ?? 0) + count);
    }
    return { longest: this.#longest, over };
  }

  async #look(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const { pid, steps } = await askServer(
        this.#data,
        { command: 'status', brief: true },
        { patience: LOOK_EVERY_MS },
      );
      if (steps.longest && steps.longest.cpu > (this.#longest?.cpu ?? 0)) this.#longest = steps.longest;
      const counts = Object.entries(steps.byName).map(([name, { count }]) => [name, count] as const);
      this.#over.set(pid, Object.fromEntries(counts));
    } catch {
      // It is dead, frozen or starting.
    } finally {
      this.#asking = false;
    }
  }
}
