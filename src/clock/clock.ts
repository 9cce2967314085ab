import { Bearings } from './bearings.ts';
import type { Machine } from './machine.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A clock that is set by no more than this is corrected, as clocks are: that is followed at once. */
export const SMALL_MS = 15 * MINUTE_MS;
/**
 * What a clock says that the machine was off is believed up to a long holiday, once it has said so for an hour: whatever sets clocks at a
 * machine's start has done it by then. A clock that is a month or a year wrong is commoner than a server that was off for so long, and
 * what is deleted does not come back: so then an operator is asked.
 */
export const LONGEST_OFF_MS = 31 * DAY_MS;
export const STANDS_MS = HOUR_MS;
/** A clock that is farther ahead than that is shown once it has been for so long. */
export const SHOWN_AFTER_MS = 10 * MINUTE_MS;
/** No database of ours is older: a clock that says so is wrong. */
export const EARLIEST_MS = Date.UTC(2026, 0, 1);
/** It is written down this often. Whoever loses the last of it finds things younger than they are. */
const KEEP_EVERY_MS = 10 * MINUTE_MS;
/** A small correction is taken over this often at the most: each takes a bearing. */
const CORRECT_EVERY_MS = HOUR_MS;
/** Not worth a bearing. */
const TINY_MS = MINUTE_MS;
/** A session's use is written down so late at the most (see SessionTable): what is older by a gap must not be what was used behind it. */
const WRITTEN_LATE_MS = MINUTE_MS;

/** Time of which it is not known whether it has passed: what was noted `before` (trusted time) is older by it then. */
export interface Gap {
  readonly before: number;
  /** Whether the machine was off, and so has an innocent reason for it. */
  readonly off: boolean;
}

/** What is kept in the database: the clock as it was when the machine had been running for so long. */
export interface KeptClock {
  readonly trusted: number;
  readonly running: number;
  readonly boot: string | undefined;
  /** False: the machine's clock has never told a time that can be. */
  readonly known: boolean;
  readonly gap: Gap | undefined;
  readonly bearings: Bearings;
}

/** What was noted before `before` (trusted time) is `by` milliseconds older than it seemed. */
export interface Settled {
  readonly before: number;
  readonly by: number;
}

/** Why the machine's clock is not believed, while it is not. */
export interface ClockDoubt {
  /** Milliseconds that it is ahead of what is expected of it; negative: behind. */
  readonly ahead: number;
  /** In so many milliseconds it will be believed that the server was off for so long. Undefined: until an operator says so. */
  readonly believedIn: number | undefined;
}

export interface ClockOptions {
  readonly machine: Machine;
  /** Undefined in a new database, and in one that is older than this. */
  readonly kept: KeptClock | undefined;
  /** When the last message was sent, and when a session was last used in trusted time, as far as the database tells. */
  readonly last?: { readonly sent?: number | undefined; readonly used?: number | undefined };
  /** Writes the clock down and, in one with it, makes older what `settled` says. Resolves when that is durable. */
  readonly keep: (kept: KeptClock, settled: Settled | undefined) => Promise<void>;
}

/**
 * The time, for what is shown and for what cannot be undone. A machine's clock may be wrong once: its battery is dead and it begins in
 * 1970, somebody sets it a year ahead for a minute. So there are two readings:
 *
 * - `stamp()`, for what is shown and stored as a time (when a message was sent or read). It is the machine's clock, unless that is
 *   behind what is known, or very far ahead and not for long.
 * - `trusted()`, for how old something is: sessions, invites. It goes on steadily while the machine runs, whatever its clock says, and
 *   while the server is off as far as that is known: exactly when the machine was not restarted, else by its clock once that has been
 *   believable for an hour. Differences are what counts: it is not shown (see `shown()`).
 *
 * Stamps are compared by `olderThan()` only, which knows which stamps were given when: **whoever deletes what is older than so many days
 * compares its stamps with that**, and with nothing else. What it returns is read anew for each round.
 *
 * Neither a step of the machine's clock nor a restart makes anything older than it is. Time that may have passed and may not (a
 * gap) is counted later, when it is known, and then for all that was noted before it: `onSettled`.
 */
export class Clock {
  readonly #machine: Machine;
  readonly #keep: ClockOptions['keep'];
  readonly #startedAt: number;
  #state: KeptClock;
  #keptAt: number;
  #correctedAt = Number.NEGATIVE_INFINITY;
  /** How far the machine's clock is ahead, and since when (running time) about so far. */
  #standing: { readonly ahead: number; readonly since: number } | undefined;
  #deciding: Promise<void> = Promise.resolve();
  /** Called when something is older than it seemed, once that is durable. */
  onSettled: (settled: Settled) => void = () => {};

  constructor({ machine, kept, last = {}, keep }: ClockOptions) {
    this.#machine = machine;
    this.#keep = keep;
    this.#startedAt = this.#keptAt = machine.running();
    this.#state = kept ? resume(kept, machine, last.used) : begin(machine, [last.sent, last.used]);
  }

  /** Milliseconds since 1970, to be shown. */
  stamp(): number {
    const wall = this.#machine.wall();
    const expected = this.#expected();
    if (!this.#state.known) return Math.max(wall, expected);
    const ahead = wall - expected;
    if (ahead < -SMALL_MS) return expected;
    return ahead <= LONGEST_OFF_MS || this.#stands(ahead, SHOWN_AFTER_MS) ? wall : expected;
  }

  /** Milliseconds that go on steadily, also over restarts. */
  trusted(): number {
    const { trusted, running } = this.#state;
    return Math.floor(trusted + this.#machine.running() - running);
  }

  /** A trusted time as a stamp to be shown. */
  shown(trusted: number): number {
    return this.stamp() - (this.trusted() - trusted);
  }

  /** What has a stamp below this was stamped more than so many days ago, in trusted time. With 0 days that is everything. */
  olderThan(days: number): number {
    if (days === 0) return Number.MAX_SAFE_INTEGER;
    return this.#state.bearings.leastBehind(this.trusted() - days * DAY_MS) - SMALL_MS;
  }

  /** What the machine's clock says, and what it should say, in milliseconds since 1970; and why it is not believed, if it is not. */
  reading(): { readonly says: number; readonly expected: number; readonly doubt: ClockDoubt | undefined } {
    const expected = this.#expected();
    return { says: expected + this.#ahead(), expected, doubt: this.doubt };
  }

  /** Undefined while the machine's clock says what is expected of it. */
  get doubt(): ClockDoubt | undefined {
    const ahead = this.#ahead();
    if (Math.abs(ahead) <= SMALL_MS) return undefined;
    const { gap } = this.#state;
    const believable = gap?.off && ahead > 0 && ahead <= LONGEST_OFF_MS;
    const stood = this.#standing ? this.#machine.running() - this.#standing.since : 0;
    return { ahead, believedIn: believable ? Math.max(0, STANDS_MS - stood) : undefined };
  }

  /** To be called every few seconds. Rejects when something could not be written down; it is tried again at the next look. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      const running = this.#machine.running();
      const ahead = this.#ahead();
      const near = Math.abs(ahead) <= SMALL_MS;
      if (near) this.#standing = undefined;
      else if (!this.#about(ahead)) this.#standing = { ahead, since: running };

      const { known, gap } = this.#state;
      if (!known && this.#machine.wall() >= EARLIEST_MS) {
        return this.#become({ ...this.#turned(ahead), gap: undefined, known: true });
      }
      // Whatever sets clocks at a machine's start may not have done it yet.
      if (near && gap && !(gap.off && running - this.#startedAt < STANDS_MS))
        return this.#become({ ...this.#now(), gap: undefined });
      if (near && !gap && Math.abs(ahead) > TINY_MS && running - this.#correctedAt > CORRECT_EVERY_MS) {
        this.#correctedAt = running;
        return this.#become(this.#turned(ahead));
      }
      if (!near && !gap)
        return this.#become({
          ...this.#now(),
          gap: { before: this.trusted() - WRITTEN_LATE_MS, off: false },
        });
      if (this.doubt?.believedIn === 0) return this.#settle(ahead);
      if (running - this.#keptAt > KEEP_EVERY_MS) return this.#become(this.#now());
    });
  }

  /**
   * An operator says that the machine's clock is right. `passed`: what it is ahead has passed, so all is so much older; else it was wrong
   * before, and no time has passed.
   *
   * @throws Error when it cannot be right.
   */
  async confirm(passed: boolean): Promise<void> {
    if (this.#machine.wall() < EARLIEST_MS) {
      throw new Error(
        `the machine's clock is before ${new Date(EARLIEST_MS).getUTCFullYear()}: set it first`,
      );
    }
    await this.look();
    await this.#inTurn(async () => {
      const ahead = this.#ahead();
      if (passed && ahead > SMALL_MS && this.#state.gap) await this.#settle(ahead);
      else await this.#become({ ...this.#turned(ahead), gap: undefined });
    });
  }

  /** Writes it down. */
  keep(): Promise<void> {
    return this.#inTurn(() => this.#become(this.#now()));
  }

  /** What the machine's clock should say. */
  #expected(): number {
    return this.trusted() + this.#state.bearings.last.ahead;
  }

  #ahead(): number {
    return this.#machine.wall() - this.#expected();
  }

  #about(ahead: number): boolean {
    return this.#standing !== undefined && Math.abs(ahead - this.#standing.ahead) <= SMALL_MS;
  }

  #stands(ahead: number, time: number): boolean {
    return this.#about(ahead) && this.#machine.running() - this.#standing!.since >= time;
  }

  #now(): KeptClock {
    return {
      ...this.#state,
      trusted: this.trusted(),
      running: this.#machine.running(),
      boot: this.#machine.boot,
    };
  }

  /** The clock as it is now, and from now on so much more is expected of the machine's. */
  #turned(by: number): KeptClock {
    const now = this.#now();
    return { ...now, bearings: now.bearings.turned(now.trusted, by) };
  }

  /** The gap was so long. */
  async #settle(by: number): Promise<void> {
    const now = this.#now();
    const settled = { before: now.gap!.before, by };
    const bearings = now.bearings.olderBefore(settled).turned(now.trusted, by);
    await this.#become({ ...now, bearings, gap: undefined }, settled);
  }

  async #become(state: KeptClock, settled?: Settled): Promise<void> {
    await this.#keep(state, settled);
    this.#state = state;
    this.#keptAt = state.running;
    if (settled) this.onSettled(settled);
  }

  /** One thing after the other: each is decided on what the last has led to. */
  #inTurn(decide: () => Promise<void>): Promise<void> {
    const decided = this.#deciding.then(decide);
    this.#deciding = decided.catch(() => {});
    return decided;
  }
}

/** As long as the machine was not started again its running time tells how long the server was off. */
function resume(kept: KeptClock, machine: Machine, lastUsed = 0): KeptClock {
  const running = machine.running();
  if (kept.boot !== undefined && kept.boot === machine.boot && running >= kept.running) return kept;
  // A machine that lost its power may have gone on for a while since. What comes from now on comes a millisecond later at least.
  const trusted = Math.max(kept.trusted, lastUsed);
  const gap = { before: kept.gap?.before ?? trusted + 1, off: true };
  return { ...kept, trusted, running, boot: machine.boot, gap };
}

/** The first time: it was as late as the last time in the database at least, and the rest may be a gap. */
function begin(machine: Machine, lastTimes: readonly (number | undefined)[]): KeptClock {
  const wall = machine.wall();
  const possible = lastTimes.filter((time) => time !== undefined && time >= EARLIEST_MS) as number[];
  const past = possible.filter((time) => time <= wall + SMALL_MS);
  const last = possible.length === 0 ? wall : Math.max(...(past.length > 0 ? past : possible));
  const trusted = Math.max(last, EARLIEST_MS);
  const gap = possible.length === 0 ? undefined : { before: trusted + 1, off: true };
  const known = last >= EARLIEST_MS;
  return { trusted, running: machine.running(), boot: machine.boot, known, gap, bearings: Bearings.first };
}
