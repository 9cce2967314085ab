import { ROUNDS_TO_JUDGE } from './judge.ts';

/** How long and how often is measured; times in milliseconds. */
export interface Pace {
  /** How often neighbours are measured. */
  readonly rounds: number;
  /** What counts as fresh: the first load on a server. */
  readonly fresh: number;
  /** Warm is what has been loaded for so long. */
  readonly warm: number;
  readonly slice: number;
  /** How many idle connections are held. */
  readonly idle: number;
  /** How long memory is watched under load. */
  readonly memory: number;
}

export function paceOf(settings: {
  readonly quick: boolean;
  readonly rounds?: number | undefined;
  readonly idle: number;
  readonly memoryTime: number;
}): Pace {
  const { quick, idle, memoryTime } = settings;
  const common = { fresh: 5000, idle, memory: memoryTime };
  return quick
    ? { ...common, rounds: settings.rounds ?? 2, warm: 10_000, slice: 1000 }
    : { ...common, rounds: settings.rounds ?? ROUNDS_TO_JUDGE, warm: 25_000, slice: 2000 };
}

export const describePace = ({ rounds, fresh, warm, slice }: Pace): string =>
  `rounds: ${rounds}; fresh: the first ${fresh / 1000} s of load; warm: slices of ${slice / 1000} s behind ${warm / 1000} s of load`;
