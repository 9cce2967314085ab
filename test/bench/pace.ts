import type { Pace } from './stage.ts';

/** How long and how often is measured in a whole run, and in a quick one. */
export function paceOf(settings: {
  readonly quick: boolean;
  readonly rounds?: number | undefined;
  readonly memoryTime: number;
  readonly idle: number;
}): Pace {
  const { quick, memoryTime, idle } = settings;
  const rounds = settings.rounds ?? (quick ? 3 : 10);
  // What takes long to set up is not set up for each round.
  const half = Math.ceil(rounds / 2);
  const common = { rounds, memory: memoryTime, idle, quick };
  return quick
    ? {
        ...common,
        slice: 300,
        warmUp: 600,
        warmUpFurther: 300,
        cold: 1000,
        coldRounds: 1,
        idleRounds: 1,
        threads: 10,
        threadRounds: 1,
      }
    : {
        ...common,
        slice: 1000,
        warmUp: 15_000,
        warmUpFurther: 5000,
        cold: 3000,
        coldRounds: half,
        idleRounds: Math.min(half, 3),
        threads: 100,
        threadRounds: half,
      };
}

export const describePace = ({ quick, rounds, slice, coldRounds }: Pace): string =>
  `${quick ? 'a quick run, ' : ''}rounds: ${rounds} of ${slice / 1000} s (cold: ${coldRounds})`;
