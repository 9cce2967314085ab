import { join } from 'node:path';
import * as z from 'zod';
import type { ClockDoubt } from '../clock/clock.ts';
import type { StepFigures } from '../steps.ts';
import type { HeldLog } from '../store/checkpointing.ts';
import type { CopyProgress } from '../store/copy.ts';
import type { DiskTrouble } from '../store/disk-health.ts';
import type { Invite } from '../store/invites.ts';
import type { Activity } from '../threads/pulse.ts';

/*
 * How an operator's commands talk to the running server: over a socket in the data folder, which only the server's own
 * user may open. One line of JSON asks. Lines of JSON answer: {"progress": …} and {"working": true} any number of times, then
 * the reply or {"error": …}; then the server closes. When the client closes before that, what it asked for is given up if it can be.
 */

const username = z.string().min(1);

/** So many hashes fit in one request. */
export const MOST_INVITES_AT_ONCE = 100;

/** What can be asked of the accounts, groups, invites and the clock, of a running server or of a store (see accounts.ts). */
const accountRequests = [
  z.object({ command: z.literal('accounts') }),
  z.object({
    command: z.literal('add-account'),
    account: z.object({ username, nama: z.string(), negara: z.string(), passwordHash: z.string() }),
  }),
  z.object({ command: z.literal('set-password'), username, passwordHash: z.string() }),
  z.object({ command: z.literal('disable-account'), username }),
  z.object({ command: z.literal('enable-account'), username }),
  z.object({ command: z.literal('remove-account'), username }),
  /** The codes' hashes (see hashInviteCode): the codes themselves the operator alone knows. Good for so many milliseconds. */
  z.object({
    command: z.literal('add-invites'),
    codeHashes: z.array(z.string().min(1)).min(1).max(MOST_INVITES_AT_ONCE),
    lifetime: z.number().int().positive(),
  }),
  z.object({ command: z.literal('invites') }),
  z.object({ command: z.literal('revoke-invite'), id: z.number().int() }),
  /** See Clock.confirm; without `passed` it is looked at only. */
  z.object({ command: z.literal('clock'), passed: z.boolean().optional() }),
  z.object({ command: z.literal('groups') }),
  z.object({ command: z.literal('remove-group'), name: z.string().min(1) }),
] as const;

export const controlRequest = z.discriminatedUnion('command', [
  /** `brief`: without the processor time and heap of each thread, which interrupt all of them. */
  z.object({ command: z.literal('status'), brief: z.boolean().optional() }),
  z.object({ command: z.literal('stop') }),
  /** A username or a connection's number. */
  z.object({ command: z.literal('kick'), whom: z.string().min(1) }),
  /** Copies the database, see copyDatabase(), into a file that is there and empty: an absolute path. */
  z.object({ command: z.literal('backup'), file: z.string().min(1) }),
  ...accountRequests,
]);
export type ControlRequest = z.output<typeof controlRequest>;
export type ControlCommand = ControlRequest['command'];
export type RequestOf<C extends ControlCommand> = Extract<ControlRequest, { command: C }>;
export type AccountCommand = z.output<(typeof accountRequests)[number]>['command'];

export interface ControlReplies {
  readonly status: Status;
  /**
   * Comes at once; the connection closes when the process ends. What was begun is given so many milliseconds, of which a server of
   * an earlier version does not tell.
   */
  readonly stop: { readonly stopping: true; readonly pid: number; readonly drainTimeout?: number };
  readonly kick: { readonly kicked: readonly number[] };
  /** False: the server cannot open the file. */
  readonly backup: { readonly copied: boolean };
  readonly accounts: { readonly accounts: readonly AccountStatus[] };
  /** 'removed': the name was somebody's, and is not given again. `looksLike`: another name that looks like it. */
  readonly 'add-account': {
    readonly outcome: 'added' | 'taken' | 'removed';
    readonly looksLike: string | undefined;
  };
  readonly 'set-password': Changed;
  readonly 'disable-account': Changed;
  readonly 'enable-account': Changed;
  readonly 'remove-account': Changed;
  readonly 'add-invites': { readonly added: true };
  readonly invites: { readonly invites: readonly Invite[] };
  readonly groups: { readonly groups: readonly GroupStatus[] };
  /** How many members it had; null when there is no such group. */
  readonly 'remove-group': { readonly members: number | null };
  /** As it is then. Times are milliseconds since 1970: what the machine's clock says, and should say. */
  readonly clock: {
    readonly says: number;
    readonly expected: number;
    readonly doubt?: ClockDoubt | undefined;
  };
  readonly 'revoke-invite': { readonly outcome: 'revoked' | 'used' | 'no such invite' };
}

export interface AccountStatus {
  readonly username: string;
  readonly nama: string;
  readonly negara: string;
  readonly state: 'enabled' | 'disabled';
  /** Unread messages. */
  readonly unread: number;
}

export interface GroupStatus {
  readonly name: string;
  /** Whether who joins needs one. */
  readonly password: boolean;
  readonly members: number;
  /** When its last message was sent, or one of the last few seconds: milliseconds since 1970; null when there is none. */
  readonly lastSentAt: number | null;
}

/** How many sessions and connections ended with a change; `found` is false when there is no such account. */
export interface Changed {
  readonly found: boolean;
  readonly sessions: number;
  readonly connections: number;
}

/** What surrounds a request: the client may want to know how far it is, and may go away. */
export interface ControlContext {
  progress(progress: CopyProgress): void;
  readonly gone: AbortSignal;
}

export type ControlHandlers<C extends ControlCommand = ControlCommand> = {
  readonly [K in C]: (
    request: RequestOf<K>,
    context: ControlContext,
  ) => Promise<ControlReplies[K]> | ControlReplies[K];
};

/** Does what a request asks for, with the handler for its command. */
export function handle<C extends ControlCommand>(
  handlers: ControlHandlers<C>,
  request: ControlRequest & { command: C },
  context: ControlContext,
): Promise<ControlReplies[C]> | ControlReplies[C] {
  const handler = handlers[request.command] as (
    request: ControlRequest,
    context: ControlContext,
  ) => Promise<ControlReplies[C]> | ControlReplies[C];
  return handler(request, context);
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
    /** Who logged in there or used a token, the last one first; at most ten. */
    readonly users: readonly string[];
  }[];
  /** Requests asked and not yet answered. */
  readonly queue: number;
  /** Milliseconds of processor time, and bytes of heap in use; undefined when not asked for, or when the thread did not tell in time. */
  readonly cpu: number | undefined;
  readonly heap: number | undefined;
}

/** Grows with each change of Status after which a reader would not understand what an earlier server tells, or the other way round. */
export const STATUS_FORMAT = 2;

export interface Status {
  readonly format: typeof STATUS_FORMAT;
  readonly pid: number;
  /** Milliseconds: when this was taken, since 1970, and since the server's start. */
  readonly at: number;
  readonly uptime: number;
  readonly residentBytes: number;
  readonly mode: string;
  readonly threadsAtMost: number;
  readonly machineCarries: number;
  readonly limitedBy: string;
  readonly connectionsAtMost: number;
  readonly open: number;
  readonly waiting: number;
  readonly died: number;
  readonly totals: Figures;
  /** Since the start, by reason: errors answered, and connections not served; connections that did not end in order. */
  readonly refused: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Why the disk takes no writes, while it does not. */
  readonly diskTrouble: DiskTrouble | undefined;
  /** Set while another program keeps the database's log from beginning anew. */
  readonly heldLog?: HeldLog | undefined;
  /** Why the machine's clock is not believed, while it is not. */
  readonly clockDoubt?: ClockDoubt | undefined;
  /** Of the main thread. */
  readonly steps: StepFigures;
  readonly threads: readonly ThreadStatus[];
}

/** The control socket's name in its data folder. */
export const CONTROL_SOCKET = 'control.sock';
export const controlPath = (data: string): string => join(data, CONTROL_SOCKET);
