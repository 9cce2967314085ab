/** What a step of the main thread may take, in milliseconds of processor time: everybody waits meanwhile. */
export const STEP_BUDGET_MS = 10;
/** Asking for the processor time costs as much as a cheap request, so it is asked this often (ms), and known this exactly. */
const SAMPLE_MS = 1;

/** A step that was long. Times are milliseconds. */
export interface LongStep {
  /** Of the part that took most of it. */
  readonly name: string;
  /** Of the processor. */
  readonly cpu: number;
  /** From its beginning to its end: with the waiting for a processor or a disk, which is nobody's fault. */
  readonly wall: number;
  /** When it ended, since 1970. */
  readonly at: number;
}

/** How a name's steps were over the budget. */
export interface OverBudget {
  readonly count: number;
  readonly longest: number;
}

export interface StepFigures {
  readonly budget: number;
  /** Of all steps there were. */
  readonly longest: LongStep | undefined;
  /** How many were over the budget. */
  readonly over: number;
  /** The same by name. */
  readonly byName: Readonly<Record<string, OverBudget>>;
}

/** What a thread's clocks say, in milliseconds: any time, and the processor's that the thread has had. */
export interface Clocks {
  readonly wall: () => number;
  readonly cpu: () => number;
}

/** How long this thread has had the processor, in milliseconds. */
export function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** What it is asked for is a microtask; `queueMicrotask` makes more of it, for the sake of asynchronous contexts. */
const settled = Promise.resolve();

const CLOCKS: Clocks = { wall: () => performance.now(), cpu: processorTime };

/**
 * Measures the steps of a thread: each is what it does without a break, from the moment at which the event loop calls it until the
 * loop has control again, behind everything that was promised meanwhile. Nobody else is served during a step.
 *
 * What a step consists of is told by `is`, part by part; it is named after the part that took longest. A step is judged by the
 * processor time that it took: one that waited for a processor or for the disk was kept from its work.
 */
export class Steps {
  /** Called behind a step that was over the budget; must not throw. */
  onOver: (step: LongStep) => void = () => {};
  readonly #clocks: Clocks;
  #open = false;
  #began = 0;
  /** The present part, and since when. */
  #part = '';
  #since = 0;
  #name = '';
  #longestPart = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #sampled = 0;
  #over = 0;
  readonly #byName = new Map<string, OverBudget>();
  #longest: LongStep | undefined;

  constructor(clocks: Clocks = CLOCKS) {
    this.#clocks = clocks;
  }

  /** The event loop has called, and what comes is `name`'s. Within a step it is as `is`. */
  begin(name: string): void {
    const now = this.is(name);
    if (this.#open) return;
    this.#open = true;
    this.#began = now;
    this.#longestPart = 0;
    this.#name = name;
    if (now - this.#sampledAt > SAMPLE_MS) {
      this.#sampledAt = now;
      this.#sampled = this.#clocks.cpu();
    }
    // Ticks that are asked for by a promise's reaction come when no reaction is left.
    void settled.then(this.#settle);
  }

  /** What comes from now on in this step is `name`'s. Returns the time (see performance.now); `now`: which it is, if that is known. */
  is(name: string, now = this.#clocks.wall()): number {
    const took = now - this.#since;
    if (took > this.#longestPart) {
      this.#longestPart = took;
      this.#name = this.#part;
    }
    this.#part = name;
    this.#since = now;
    return now;
  }

  read(): StepFigures {
    return {
      budget: STEP_BUDGET_MS,
      longest: this.#longest,
      over: this.#over,
      byName: Object.fromEntries(this.#byName),
    };
  }

  readonly #settle = (): void => {
    process.nextTick(this.#end);
  };

  readonly #end = (): void => {
    const now = this.is('');
    this.#open = false;
    const wall = now - this.#began;
    if (wall <= (this.#longest?.cpu ?? 0) && wall <= STEP_BUDGET_MS) return;
    const cpu = Math.min(wall, this.#clocks.cpu() - this.#sampled);
    const step = { name: this.#name, cpu, wall, at: Date.now() };
    if (cpu > (this.#longest?.cpu ?? 0)) this.#longest = step;
    if (cpu <= STEP_BUDGET_MS) return;
    this.#over++;
    const before = this.#byName.get(step.name);
    this.#byName.set(step.name, {
      count: (before?.count ?? 0) + 1,
      longest: Math.max(before?.longest ?? 0, cpu),
    });
    this.onOver(step);
  };
}
