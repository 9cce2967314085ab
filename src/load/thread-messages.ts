import type { RecordableHistogram } from 'node:perf_hooks';
import type { TlsOptions } from '../client/secure.ts';
import type { LoadCommand } from './mix.ts';
import type { Seats } from './seats.ts';
import type { TimingParts } from './timings.ts';
import type { LedgerPage } from './verdict.ts';

/** What a client thread is given when it starts. */
export interface ThreadTask {
  readonly target: { readonly host: string; readonly port: number; readonly tls: TlsOptions | undefined };
  /** The run's name in the ledger. */
  readonly run: string;
  /** Who each connection of the whole run is, by number; those at work first. */
  readonly usernames: readonly string[];
  /** How many of the whole run are at work. */
  readonly connections: number;
  /** This thread's part of them. */
  readonly seats: Seats;
  readonly round: readonly LoadCommand[];
  readonly depth: number;
  /** Requests a second of the whole run; undefined in a closed loop. */
  readonly rate: number | undefined;
  /** Milliseconds. */
  readonly rampUp: number;
  /** Shared: main reads along. */
  readonly timings: TimingParts;
  /** Shared by all threads: see Slot. */
  readonly tally: Int32Array<SharedArrayBuffer>;
}

/** What all threads count together. */
export const Slot = { joined: 0, wrong: 1 } as const;
export const SLOTS = 2;

/** What main asks of a thread, in this order. Each is answered before the next is asked. */
export interface ThreadCalls {
  /** The idle connections come and make their request. */
  seatIdle: { takes: undefined; gives: undefined };
  /** The others come; with a ramp-up each begins at once to play. */
  join: { takes: undefined; gives: undefined };
  /** All play, for so many milliseconds, and are measured. */
  play: { takes: number; gives: Strain };
  /** Nobody plays on any thread any more: all read what is left. */
  drain: { takes: undefined; gives: undefined };
  leave: { takes: undefined; gives: ThreadReport };
}
export type CallName = keyof ThreadCalls;

/** `stop` is not answered: whatever goes on ends early. */
export type ToThread =
  | { [N in CallName]: { call: N; argument: ThreadCalls[N]['takes'] } }[CallName]
  | { call: 'stop' };

/** `failed`: the sentence of a StartupError. */
export type FromThread = { result: ThreadCalls[CallName]['gives'] } | { failed: string };

/** How much a client thread had to do while it was measured. */
export interface Strain {
  /** The share of the time in which its event loop was not waiting. */
  readonly busy: number;
  /** The share of one processor that it had. */
  readonly cpu: number;
  /** Open loop: how late it made requests that nothing else held up, in microseconds. */
  readonly late: RecordableHistogram | undefined;
}

export interface ThreadReport {
  readonly page: LedgerPage;
  /** How many idle connections came, and how many of them were answered in the end. */
  readonly idle: { readonly connections: number; readonly alive: number };
  /** The first few wrong replies. */
  readonly examples: readonly string[];
}
