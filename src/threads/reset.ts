import type { Socket } from 'node:net';
import { hasNoPeer } from './beneath.ts';

/** So soon a client that is not read is noticed to be gone. */
const LOOK_EVERY_MS = 1000;

/**
 * Whether the client has reset the connection (or its machine has), which ends it in both directions: the kernel knows of no peer
 * then. Node does not tell of that while it does not read the socket, or has read its end, and keeps the address that it once asked for.
 * A client that has closed the whole connection cannot be told from one that has closed its sending side.
 */
export function isReset(socket: Socket): boolean {
  // Where it cannot be told those who are gone are noticed when they are read or written again.
  return hasNoPeer(socket);
}

/** Notices that a client is gone while its socket is not read. */
export class ResetWatch {
  readonly #socket: Socket;
  readonly #unread: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** `unread`: whether it still has to be watched. When it is reset the socket is destroyed. */
  constructor(socket: Socket, unread: () => boolean) {
    this.#socket = socket;
    this.#unread = unread;
  }

  /** It is not read from now on. */
  watch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.#unread()) return;
      // As Node says it when it reads.
      if (isReset(this.#socket)) this.#socket.destroy(new Error('read ECONNRESET'));
      else this.watch();
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
