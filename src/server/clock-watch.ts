import { type Clock, type ClockDoubt, SMALL_MS } from '../clock/clock.ts';
import { describeDoubt, lengthOf } from '../clock/describe.ts';
import type { Log } from '../log.ts';

const EVERY_MS = 5000;

/** Looks at the clock, and tells of it when it is not believed. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  /** The doubt that was told last. */
  #told: ClockDoubt | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), EVERY_MS).unref();
    // So that a server that is killed soon has it.
    void clock.keep().catch(() => {});
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    // It is tried again, and of a disk in trouble one is told elsewhere.
    await this.#clock.look().catch(() => {});
    const { doubt } = this.#clock;
    const before = this.#told;
    if (doubt) {
      const told = before && isOrdinary(before) === isOrdinary(doubt) && isNear(before, doubt);
      if (told) return;
      this.#log.write(isOrdinary(doubt) ? 'info' : 'warn', describeDoubt(doubt));
    } else if (before && !isOrdinary(before)) {
      this.#log.write('info', "the machine's clock is believed again");
    }
    this.#told = doubt;
  }

  /** Time has passed that was not counted. */
  settled(by: number): void {
    this.#log.write('info', `${lengthOf(by)} have passed while the server was off, and count now`);
    this.#told = undefined;
  }
}

const isOrdinary = ({ believedIn }: ClockDoubt): boolean => believedIn !== undefined;
const isNear = (one: ClockDoubt, other: ClockDoubt): boolean => Math.abs(one.ahead - other.ahead) <= SMALL_MS;
