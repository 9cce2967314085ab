import type { Log } from '../log.ts';
import { type LongStep, STEP_BUDGET_MS } from '../steps.ts';

/** So many lines about steps of one name are written in a minute; the others are counted. */
const LINES_A_MINUTE = 3;
const MINUTE_MS = 60_000;

/** Tells the log of steps of the main thread that were over the budget (see Steps). */
export class StepLog {
  readonly #log: Pick<Log, 'write'>;
  /** By name, how many there have been in the present minute. */
  readonly #told = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Pick<Log, 'write'>) {
    this.#log = log;
  }

  tell({ name, cpu, wall }: LongStep): void {
    this.#timer ??= setTimeout(() => this.endMinute(), MINUTE_MS).unref();
    const told = (this.#told.get(name) ?? 0) + 1;
    this.#told.set(name, told);
    if (told > LINES_A_MINUTE) return;
    this.#log.write(
      'warn',
      `a step of the main thread took ${cpu.toFixed(1)} ms, more than ${STEP_BUDGET_MS} ms: ${name}; everybody waited`,
      { withWaiting: `${wall.toFixed(1)} ms` },
    );
  }

  endMinute(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [name, told] of this.#told) {
      const leftOut = told - LINES_A_MINUTE;
      if (leftOut > 0) {
        this.#log.write(
          'warn',
          `${leftOut} more steps of the main thread were that long in the last minute: ${name}`,
        );
      }
    }
    this.#told.clear();
  }
}
