import type { Socket } from 'node:net';
import type { Pulse } from './pulse.ts';

/**
 * Tells behind how many replies what is read now is known to come (brief, "Where we differ", 4).
 *
 * What a client has sent ahead of a reply may be read behind its write and proves nothing. So we look for a quiet
 * turn: a whole turn of the event loop in which the socket is read and nothing comes. A reply that carries messages waits
 * for the next turn; when that is quiet nothing was sent ahead, and whatever is read after the write comes behind it. When
 * it is not, the reply is written all the same, and the proof has to wait for the next quiet turn.
 */
export class Receipts {
  readonly #socket: Socket;
  readonly #pulse: Pulse;
  #written = 0;
  #proven = 0;
  /** Replies written that carry messages and still lack the proof. */
  #unproven = 0;
  #proving = false;
  /** Whether anything came, or was not let come, in this turn. */
  #stirred = false;

  constructor(socket: Socket, pulse: Pulse) {
    this.#socket = socket;
    this.#pulse = pulse;
  }

  /** How many replies, from the first, what is read now comes behind. */
  get proven(): number {
    return this.#proven;
  }

  /** Something was read, or reading was paused. */
  stir(): void {
    this.#stirred = true;
  }

  /** Calls `then` behind the next whole turn, with whether it was quiet. */
  afterTurn(then: (quiet: boolean) => void): void {
    // We may be in the poll phase now, so the first immediate may come before sockets are polled again.
    setImmediate(() => {
      this.#stirred = this.#socket.isPaused();
      setImmediate(() => this.#pulse.turn(() => then(!this.#stirred)));
    });
  }

  /** These replies have left; `quiet`: in the turn before nothing came. */
  wrote(replies: number, delivers: boolean, quiet: boolean): void {
    this.#written += replies;
    if (quiet) this.#proven = this.#written;
    else if (delivers) {
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
      if (quiet) this.#proven = Math.max(this.#proven, replies);
    });
  }
}
