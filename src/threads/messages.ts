import type { Socket } from 'node:net';
import type { ParsedRequest } from '../commands/index.ts';
import type { LogFields, LogLevel } from '../log.ts';

/*
 * Everything that crosses between the main thread and a connection thread.
 *
 *   main ── Handover ─▶ thread      a socket, for good
 *   main ◀─ Batch ──── thread       what one turn of the thread's event loop asked; the thread then waits
 *   main ── Results ─▶ thread       the answer to that batch, or the late answer to a slow request
 *   main ── Stop ────▶ thread       end every connection behind what was begun
 *   main ◀─ Note ───── thread       a line for the log
 */

/** What a connection's client asked for, or how the connection ended. */
export interface ThreadRequest {
  readonly connection: number;
  /** How many replies had been written on this connection when this request's first byte was read. */
  readonly received: number;
  readonly asked: ParsedRequest | { readonly end: ConnectionEnd };
}

/** 'clean': the client closed (FIN). 'lost': anything else; nothing follows about what it had received. */
export type ConnectionEnd = 'clean' | 'lost';

export interface Batch {
  readonly kind: 'batch';
  /** Counts up from 1 in each thread. */
  readonly batch: number;
  readonly requests: readonly ThreadRequest[];
}

export interface Note {
  readonly kind: 'note';
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export type FromThread = Batch | Note;

export interface Handover {
  readonly kind: 'handover';
  readonly connection: number;
  readonly socket: Socket;
}

/** The answer to several requests of one connection, in order. */
export interface Result {
  readonly connection: number;
  /** The bytes to write, all ASCII. */
  text: string;
  /** How many replies `text` holds. */
  replies: number;
  /** How many of them are errors. */
  errors: number;
  /** Whether one of them carries messages, so that the client's having it matters. */
  delivers: boolean;
  /** Set when the connection has ended for the main thread: write, then close. */
  ended: boolean;
}

export interface Results {
  readonly kind: 'results';
  /** The batch that this completes; undefined on a late answer. */
  readonly batch: number | undefined;
  readonly results: readonly Result[];
}

export interface Stop {
  readonly kind: 'stop';
}

export type ToThread = Handover | Results | Stop;

/** What a thread gets at its start. */
export interface ThreadData {
  readonly counters: SharedArrayBuffer;
  readonly maxRequest: number;
}
