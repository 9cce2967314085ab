/**
 * What the benchmark finds out, as `--json` prints it and `--from` reads it again.
 */
import type { Machine } from './machine.ts';
import type { Processor } from './processes.ts';

/** How benang is run: with a thread for each connection, or with two threads shared by all. */
export const modes = ['own', 'shared'] as const;
export type Mode = (typeof modes)[number];
export const modeNames: Record<Mode, string> = { own: 'a thread each', shared: '--threads 2' };

/** Fresh: the first seconds of a server whose threads have just been made. Warm: after a time under the same load. */
export const states = ['fresh', 'warm'] as const;
export type State = (typeof states)[number];

/** What is measured: ours, and what it stands beside. */
export type Who = 'ours' | 'other' | 'Redis' | 'ngircd' | 'echo';

/** One slice of load on one server. */
export interface Slice {
  readonly perSecond: number;
  readonly latency: Latency;
  /** Microseconds of a processor for each request; undefined where the system does not tell. */
  readonly processor: Processor | undefined;
  /** The same of the client's process. */
  readonly client: number;
  /** How much of a processor the client's thread used; from about 0.9 on it may be the client that is measured. */
  readonly clientBusy: number;
  /** The share of all processors that others than the server and the client used meanwhile. */
  readonly elsewhere: number | undefined;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type Unit = '/s' | 'kB' | 'ms' | 'times';

/** What was measured of one server, round by round: the rounds of the series in a row are neighbours. */
export interface Series {
  /** "send × 100". */
  readonly row: string;
  readonly state?: State;
  readonly mode?: Mode;
  readonly who: Who;
  /** "Redis 7.0.15". */
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  /** Where the values are rates. */
  readonly slices?: readonly Slice[];
}

export interface Results {
  readonly machine: Machine;
  /** Load averages before and after. */
  readonly load: readonly [number, number];
  /** How long and how often: "5 rounds of 5 s fresh". */
  readonly pace: string;
  /** How it was measured, one sentence each. */
  readonly notes: readonly string[];
  /** Rows that were to be measured. */
  readonly rows: readonly string[];
  /** Why something is not there to be compared with, or a row could not be measured here. */
  readonly missing: Readonly<Record<string, string>>;
  readonly series: readonly Series[];
}

/** Whether a target, or a series, is of the same row, mode and state; what has no mode stands beside either. */
export const isOf = (
  { row, mode, state }: Pick<Series, 'row' | 'mode' | 'state'>,
  other: Pick<Series, 'row' | 'mode' | 'state'>,
): boolean => row === other.row && state === other.state && (mode === undefined || mode === other.mode);
