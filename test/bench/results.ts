/**
 * What the benchmark finds out, as `--json` prints it and `--from` reads it again.
 */
import type { Machine } from './machine.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** One slice of load on one server. */
export interface Slice {
  readonly perSecond: number;
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds; undefined where nobody asks over a network. */
  readonly latency: Latency | undefined;
  /** Of a reply, on average. */
  readonly bytes: number | undefined;
  /** How much of a processor the client's thread used; from about 0.9 on it may be the client that is measured. */
  readonly clientBusy: number | undefined;
  /** How much of the processors the server used. */
  readonly serverBusy: number;
  /** How much of the processors the other servers used meanwhile, which should have been idle. */
  readonly othersBusy: number;
}

export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Two neighbouring measurements. Without a base the figure stands for itself. */
export interface Sample {
  readonly subject: number;
  readonly base?: number | undefined;
  readonly slices?: { readonly subject: Slice; readonly base: Slice };
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export type Unit = 'requests/s' | 'messages/s' | 'kB' | 'MB' | 'ms';

/** One line of the result: something of ours, beside something to compare it with. */
export interface Figure {
  /** Where it is shown, see groups.ts. */
  readonly group: string;
  readonly row: string;
  /** What tells bars of one row apart, such as warm and cold; may be empty. */
  readonly series: string;
  readonly subject: string;
  readonly base: string | undefined;
  readonly unit: Unit;
  readonly samples: readonly Sample[];
  /** For the ratio; for the figure itself where there is no base. */
  readonly target?: Target | undefined;
}

export interface Results {
  readonly machine: Machine;
  /** How long and how often: "rounds: 10 of 1 s". */
  readonly pace: string;
  /** How it was measured, one sentence each. */
  readonly notes: readonly string[];
  readonly figures: readonly Figure[];
}

/** The ratios of neighbours; where there is nothing to compare with, the figures themselves. */
export const ratios = ({ samples }: Figure): number[] =>
  samples.map(({ subject, base }) => (base === undefined ? subject : subject / base));

export const spreadOfRatios = (figure: Figure): Spread => spreadOf(ratios(figure));

/** Whether the median reaches the target; undefined when there is none. */
export function isMet(figure: Figure): boolean | undefined {
  const { target } = figure;
  if (!target) return undefined;
  const { median } = spreadOfRatios(figure);
  return 'atLeast' in target ? median >= target.atLeast : median <= target.atMost;
}
