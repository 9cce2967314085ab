import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { ParsedRequest } from '../commands/index.ts';
import type { MailboxShape } from './mailbox.ts';
import type { ThreadProgram } from './thread-program.ts';
import type { Version } from './versions.ts';

/*
 * Everything that crosses between the main thread and a connection thread.
 *
 *   main ── Handover ─▶ thread      a socket, for good
 *   main ◀─ (a slot) ─ thread       what one turn of the thread's event loop asked; the thread then waits (see Crossing)
 *   main ─ (the slot) ▶ thread      the answer to that batch
 *   main ── Results ─▶ thread       the answer, when it is too long for the slot, or the late answer to a slow request
 *   main ◀─ Closed ─── thread       the socket is gone and nothing of the connection is left
 *   main ── Events ──▶ thread       what connections that listen are told meanwhile
 *   main ◀─ Taken ──── thread       a client has taken so much of that
 *   main ── Drain ───▶ thread       end your connections behind what is in progress
 *   main ── Drop ────▶ thread       end this connection now
 *   main ── Renew ───▶ thread       meet later connections with these credentials
 *   main ── Confirm ─▶ thread       say whether you have these connections, which were handed over
 *   main ◀─ Confirmed ─ thread      what became of them
 *   main ── Retire ──▶ thread       nothing more will come: end
 */

/** That a reply stays right while its version is current, for so many milliseconds at the most (see StandingReplies). */
export interface Standing extends Version {
  readonly lent: number;
}

/** What a connection's client asked for, or how the connection ended: as its thread asks it. See ThreadRequest. */
export interface Asked {
  readonly connection: number;
  readonly received: number;
  readonly repeated: number;
  /** A command's number, or one of what is no command (see Slot). */
  readonly what: number;
  /** The request's line, or the message that refuses it; empty for an end. */
  readonly text: string;
  /** Where a command's arguments are in the line (see Command.cut). */
  readonly cuts: readonly number[];
}

/** The same, as main gets it. */
export interface ThreadRequest {
  readonly connection: number;
  /** Behind how many of this connection's replies this request's first byte is known to come (see Connection). */
  readonly received: number;
  readonly asked: ParsedRequest | { readonly end: ConnectionEnd };
  /** How many requests of this connection have been answered without asking since the last one that was asked. */
  readonly repeated: number;
}

/**
 * The first two come behind everything that the connection has asked, which is answered. 'clean': the client closed its sending side
 * (a FIN, without TLS). 'lost': nothing follows about what it had received.
 *
 * With the others nothing more is begun of what it has asked. 'cut': what has been begun is answered. 'gone': nobody takes replies any
 * more. They may come although the end was told already.
 */
export type ConnectionEnd = 'clean' | 'lost' | 'cut' | 'gone';

export interface Closed {
  readonly kind: 'closed';
  readonly connection: number;
  /** Why, when it did not end in order. */
  readonly failure: string | undefined;
  readonly requests: number;
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A client has taken so many bytes of events more. Told now and then, for each stretch of `TAKEN_EVERY`. */
export interface Taken {
  readonly kind: 'taken';
  readonly connection: number;
  readonly bytes: number;
}

export const TAKEN_EVERY = 32 * 1024;

/** The answer to Confirm. */
export interface Confirmed {
  readonly kind: 'confirmed';
  readonly connections: readonly number[];
  /** Those of them that the thread does not have: they have ended, or never came. */
  readonly missing: readonly number[];
}

export type FromThread = Closed | Taken | Confirmed;

export interface Handover {
  readonly kind: 'handover';
  readonly connection: number;
  readonly socket: Socket;
  /** Set when the connection is not served: write this and close. */
  readonly refusal?: string;
}

/** The answer to several requests of one connection, in order. */
export interface Result {
  readonly connection: number;
  /** The bytes to write, all ASCII. */
  text: string;
  /** How many replies they are. */
  replies: number;
  /** How many of them are errors. */
  errors: number;
  /** Whether one of them carries messages, so that the client's having it matters. */
  delivers: boolean;
  /** Set when `text` is one reply that may be given again. */
  standing?: Standing | undefined;
  /** Set when the connection has ended for the main thread: write, then close. */
  ended: boolean;
}

/** The same, as the thread gets it: the reply's bytes are somewhere in `bytes`, and good only while they are being taken. */
export interface Answer extends Omit<Result, 'text'> {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

export interface Results {
  readonly kind: 'results';
  /** The slot of the batch that they answer; undefined when they are late answers to slow requests. */
  readonly slot: number | undefined;
  readonly results: readonly Result[];
}

/** The bytes of one or several events, all ASCII, and whom they are for. */
export interface Told {
  readonly text: string;
  readonly connections: number[];
}

export interface Events {
  readonly kind: 'events';
  /** In order. */
  readonly told: readonly Told[];
}

export interface Drain {
  readonly kind: 'drain';
}

export interface Drop {
  readonly kind: 'drop';
  readonly connection: number;
  readonly reason: string;
}

export interface Renew {
  readonly kind: 'renew';
  readonly context: SecureContextOptions;
}

export interface Confirm {
  readonly kind: 'confirm';
  readonly connections: readonly number[];
}

export interface Retire {
  readonly kind: 'retire';
}

export type ToThread = Handover | Results | Events | Drain | Drop | Renew | Confirm | Retire;

/** As it crosses: with its number among all that main has posted to this thread, from 1. One that is missing was lost. */
export type Posted = ToThread & { readonly number: number };

export interface TlsData {
  /** What tls.createSecureContext takes, the private key with it. */
  readonly context: SecureContextOptions;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
}

/** What a thread gets at its start. */
export interface ThreadData {
  readonly program: ThreadProgram;
  readonly counters: SharedArrayBuffer;
  readonly mailbox: { readonly shape: MailboxShape; readonly memory: SharedArrayBuffer };
  readonly bell: SharedArrayBuffer;
  readonly versions: SharedArrayBuffer;
  /** At the bell. */
  readonly place: number;
  readonly pulse: SharedArrayBuffer;
  readonly blackBox: SharedArrayBuffer;
  readonly limits: ConnectionLimits;
  /** Whether clients may set off disasters here, for drills. */
  readonly drills: boolean;
  /** Undefined: without TLS. */
  readonly tls: TlsData | undefined;
  /** Whether sockets are read and written past the machinery of streams. */
  readonly direct: boolean;
}

/** What a connection's client may make its thread hold and do. */
export interface ConnectionLimits {
  /** Bytes. */
  readonly maxRequest: number;
  /** Requests a second; undefined: `ORDINARY_RATE`, and any number from this machine itself. */
  readonly maxRate: number | undefined;
  /** Bytes of replies that the client has not taken. */
  readonly maxUnwritten: number;
  /** Milliseconds that a client may take no replies. */
  readonly slowTimeout: number;
  /** Milliseconds that a client's machine may not answer. */
  readonly deadAfter: number;
}
