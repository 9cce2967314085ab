import type { ClockDoubt } from './clock.ts';

const UNITS = [
  [24 * 3_600_000, 'day', 'days'],
  [3_600_000, 'hour', 'hours'],
  [60_000, 'minute', 'minutes'],
  [1000, 'second', 'seconds'],
] as const;

/** Milliseconds for people, in the largest unit of which there are two, or a few. */
export function lengthOf(milliseconds: number): string {
  const time = Math.abs(milliseconds);
  const [unit, one, many] = UNITS.find(([unit]) => time >= 2 * unit) ?? UNITS.at(-1)!;
  const count = Math.round(time / unit);
  return `${count} ${count === 1 ? one : many}`;
}

/** Why the machine's clock is not believed, and what to do about it. */
export function describeDoubt({ ahead, believedIn }: ClockDoubt): string {
  const far = lengthOf(ahead);
  if (believedIn !== undefined) {
    return `the machine's clock says that the server was off for ${far}; that is believed in ${lengthOf(believedIn)}, if it still says so`;
  }
  if (ahead < 0) {
    return `the machine's clock is ${far} behind what is known; set it right or, if it is right, say so with benang clock (see its --help)`;
  }
  return `the machine's clock is ${far} ahead of what is known; nothing is deleted and no login ends for that: set it right or, if it is right, say so with benang clock (see its --help)`;
}
