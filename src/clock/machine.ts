import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** What a machine says of the time, in milliseconds. */
export interface Machine {
  /** Since 1970, as the machine's clock shows it: it may be wrong, and be set at any moment. */
  wall(): number;
  /** Goes on steadily while the machine runs or sleeps, and nobody can set it. Counts from the machine's start if `boot` is known. */
  running(): number;
  /** Another one each time that the machine starts; undefined where that is not told. */
  readonly boot: string | undefined;
}

/** A laptop that has slept is noticed this soon. */
const LOOK_AGAIN_MS = 1000;

/**
 * The machine that this process runs on. `performance.now()` stands still while it sleeps; on Linux its uptime does not (proc(5)), so
 * what that is ahead is added now and then.
 */
export class ThisMachine implements Machine {
  readonly boot = bootId();
  #ahead = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  wall(): number {
    return Date.now();
  }

  running(): number {
    const now = performance.now();
    if (this.boot !== undefined && now - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#lookedAt = now;
      const ahead = uptime() * 1000 - now;
      if (ahead - this.#ahead > LOOK_AGAIN_MS) this.#ahead = ahead;
    }
    return now + this.#ahead;
  }
}

/** Only Linux has it. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
