import type { Socket } from 'node:net';
import type { RecordStarts } from './secure.ts';

/** Does a piece of a thread's work. */
export type Turn = (work: () => void) => void;

/**
 * Tells behind how many replies what is read now is known to come (brief, "Where we differ", 4).
 *
 * What a client has sent ahead of a reply may be read behind its write and proves nothing. So we look for a quiet
 * turn: a whole turn of the event loop in which the socket is read and nothing comes. A reply that carries messages waits
 * for the next turn; when that is quiet nothing was sent ahead, and whatever is read after the write comes behind it. When
 * it is not, the reply is written all the same, and the proof has to wait for the next quiet turn.
 *
 * A reply counts as written once the socket has taken it with room to spare; how much of it is in the kernel makes no
 * difference to what the client had sent by then. If the socket is too full, reading pauses, and the proof waits for
 * a quiet turn behind that. The write's callback would not do: under TLS it comes a turn late, behind the next request.
 *
 * TLS keeps nothing back that it could give: each read of the socket beneath decrypts all records that are whole, paused or
 * not, and what is not let through stands in the stream's buffer, which is empty when it is not paused. So a quiet turn
 * means the same, except for a record of which only the beginning has come (see RecordStarts).
 */
export class Receipts {
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #records: RecordStarts | undefined;
  #written = 0;
  #proven = 0;
  /** As `#proven`, for a record that was begun before that was raised. */
  #provenBefore = 0;
  /** Replies written that carry messages and still lack the proof. */
  #unproven = 0;
  #proving = false;
  /** The last reply that carries messages, while main has not been told that it was received. */
  #untold = 0;
  /** How often something came. Counted, for several may be waiting for a quiet turn at once, each for its own. */
  #stirs = 0;

  /** `records`: set under TLS. */
  constructor(socket: Socket, turn: Turn, records: RecordStarts | undefined) {
    this.#socket = socket;
    this.#turn = turn;
    this.#records = records;
  }

  /** How many replies, from the first, what is read from now on comes behind. */
  get proven(): number {
    return this.#proven;
  }

  /** So many bytes were read: how many replies, from the first, all of them come behind. */
  read(bytes: number): number {
    this.#stirs++;
    const behind = this.#records === undefined || this.#records.behind(bytes);
    const proven = behind ? this.#proven : this.#provenBefore;
    this.#provenBefore = this.#proven;
    if (this.#unproven > this.#proven) this.look();
    return proven;
  }

  /** Whether main knows of all replies that carry messages that they were received. */
  get settled(): boolean {
    return this.#untold === 0;
  }

  /** Main is being told that the first `replies` replies were received. */
  told(replies: number): void {
    if (replies >= this.#untold) this.#untold = 0;
  }

  /** Something came, or reading was paused. */
  stir(): void {
    this.#stirs++;
  }

  /** Calls `then` behind the next whole turn, with whether it was quiet. */
  afterTurn(then: (quiet: boolean) => void): void {
    // We may be in the poll phase now, so the first immediate may come before sockets are polled again.
    setImmediate(() => {
      const paused = this.#socket.isPaused();
      const before = this.#stirs;
      setImmediate(() => this.#turn(() => then(!paused && this.#stirs === before)));
    });
  }

  /** The socket was given these replies; `quiet`: in the turn before nothing came. */
  wrote(replies: number, delivers: boolean, quiet: boolean): void {
    this.#written += replies;
    if (delivers) this.#untold = this.#written;
    if (quiet && this.#socket.writableLength < this.#socket.writableHighWaterMark) {
      this.#prove(this.#written);
    } else if (delivers) {
      this.#unproven = this.#written;
      this.look();
    }
  }

  /** Looks for a quiet turn, if a proof is missing. When it was not quiet, whoever reads or resumes looks again. */
  look(): void {
    if (this.#proving || this.#unproven <= this.#proven) return;
    this.#proving = true;
    const replies = this.#unproven;
    this.afterTurn((quiet) => {
      this.#proving = false;
      if (quiet) this.#prove(Math.max(this.#proven, replies));
    });
  }

  #prove(replies: number): void {
    this.#proven = replies;
    this.#records?.mark();
  }
}
