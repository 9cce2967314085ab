import { join } from 'node:path';
import * as z from 'zod';
import type { DiskTrouble } from '../store/disk-health.ts';
import type { Activity } from '../threads/pulse.ts';

/*
 * How an operator's commands talk to the running server: over a socket in the data folder, which only the server's own
 * user may open. One line of JSON asks, one line of JSON answers; then the server closes.
 */

export const controlRequest = z.discriminatedUnion('command', [
  /** `brief`: without the processor time and heap of each thread, which interrupt all of them. */
  z.object({ command: z.literal('status'), brief: z.boolean().optional() }),
  z.object({ command: z.literal('stop') }),
  /** A username or a connection's number. */
  z.object({ command: z.literal('kick'), whom: z.string().min(1) }),
]);
export type ControlRequest = z.output<typeof controlRequest>;

export interface ControlReplies {
  readonly status: Status;
  /** Comes at once; the connection closes when everything is finished, a moment before the process ends. */
  readonly stop: { readonly stopping: true; readonly pid: number };
  readonly kick: { readonly kicked: readonly number[] };
}

/** Figures count up from the server's start; a reader makes rates of two of them. */
export interface Figures {
  readonly connections: number;
  readonly requests: number;
  readonly replies: number;
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface ThreadStatus extends Figures {
  readonly number: number;
  readonly activity: Activity;
  /** The connections in it now. */
  readonly holds: readonly {
    readonly connection: number;
    readonly peer: string;
    readonly username: string | undefined;
  }[];
  /** Requests asked and not yet answered. */
  readonly queue: number;
  /** Milliseconds of processor time, and bytes of heap in use; undefined when not asked for, or when the thread did not tell in time. */
  readonly cpu: number | undefined;
  readonly heap: number | undefined;
}

export interface Status {
  readonly pid: number;
  /** Milliseconds: when this was taken, since 1970, and since the server's start. */
  readonly at: number;
  readonly uptime: number;
  readonly residentBytes: number;
  readonly mode: string;
  readonly threadsAtMost: number;
  readonly machineCarries: number;
  readonly limitedBy: string;
  readonly open: number;
  readonly waiting: number;
  readonly died: number;
  readonly totals: Figures;
  /** Since the start, by reason: errors answered, and connections not served; connections that did not end in order. */
  readonly refused: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Why the disk takes no writes, while it does not. */
  readonly diskTrouble: DiskTrouble | undefined;
  readonly threads: readonly ThreadStatus[];
}

export const controlPath = (data: string): string => join(data, 'control.sock');
