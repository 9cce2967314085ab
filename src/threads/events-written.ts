import type { Socket } from 'node:net';
import { TAKEN_EVERY } from './messages.ts';

/** Tells how much of the events that a socket was given its client has taken: at the most what is not in the write queue any more. */
export class EventsWritten {
  readonly #socket: Pick<Socket, 'writableLength'>;
  readonly #took: (bytes: number) => void;
  #untold = 0;

  constructor(socket: Pick<Socket, 'writableLength'>, took: (bytes: number) => void) {
    this.#socket = socket;
    this.#took = took;
  }

  wrote(bytes: number): void {
    this.#untold += bytes;
    this.look();
  }

  /** Some of the queue may have gone. */
  look(): void {
    // What waits may be replies as well; then less is told now, and the rest later.
    const taken = this.#untold - this.#socket.writableLength;
    if (taken < TAKEN_EVERY) return;
    this.#untold -= taken;
    this.#took(taken);
  }
}
