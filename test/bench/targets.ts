import { type Mode, modes, type State, states, type Who } from './results.ts';

/** What the project holds itself to, of one row. */
export interface Target {
  readonly row: string;
  readonly mode: Mode;
  readonly state?: State;
  /** For the ratio to this; or for the microseconds of a processor that a request takes; or else for the figure itself. */
  readonly beside?: Who;
  readonly processor?: true;
  readonly limit: Limit;
}

export type Limit = { readonly atLeast: number } | { readonly atMost: number };

type Each = Omit<Target, 'state' | 'limit'>;

const freshAndWarm = (target: Each, limit: Limit): Target[] =>
  states.map((state) => ({ ...target, state, limit }));

/** As good as the other build, but for what two measurements of the same differ by. */
const NO_WORSE = { atMost: 1.05 };
/** The slowest of a hundred replies depend on what else the machine does. */
const NO_LATER = { atMost: 1.25 };

export const rowNames = {
  threadMemory: 'memory of a thread',
  threadStart: 'start of a thread',
  idleMemory: 'an idle connection',
  besideIdle: 'p99 beside idle ones',
  memory: 'memory under load',
} as const;

export const targets: readonly Target[] = [
  { row: 'send × 100', mode: 'own', state: 'fresh', beside: 'other', limit: { atLeast: 1.8 } },
  { row: 'send × 100', mode: 'own', state: 'warm', beside: 'other', limit: { atLeast: 2.4 } },
  { row: 'send × 100', mode: 'own', state: 'warm', processor: true, limit: { atMost: 90 } },
  ...freshAndWarm({ row: 'inbox × 100', mode: 'own', beside: 'other' }, { atLeast: 1.5 }),
  ...freshAndWarm({ row: 'send × 100', mode: 'shared', beside: 'Redis' }, { atLeast: 0.65 }),
  ...freshAndWarm({ row: 'send × 10', mode: 'own', beside: 'Redis' }, { atLeast: 0.85 }),
  ...modes.map(
    (mode): Target => ({ row: 'send × 1', mode, state: 'warm', beside: 'Redis', limit: { atLeast: 0.8 } }),
  ),
  ...freshAndWarm({ row: 'live × 100', mode: 'shared', beside: 'ngircd' }, { atLeast: 0.5 }),
  ...freshAndWarm({ row: 'live × 100', mode: 'own', beside: 'ngircd' }, { atLeast: 0.15 }),
  { row: rowNames.threadMemory, mode: 'own', beside: 'other', limit: NO_WORSE },
  { row: rowNames.threadStart, mode: 'own', beside: 'other', limit: NO_WORSE },
  { row: rowNames.idleMemory, mode: 'shared', beside: 'other', limit: NO_WORSE },
  { row: rowNames.besideIdle, mode: 'shared', beside: 'other', limit: NO_LATER },
  ...modes.map((mode): Target => ({ row: rowNames.memory, mode, limit: { atMost: 1.1 } })),
];
