import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type Taken, takeOver } from './beneath.ts';

/**
 * A socket as a connection reads and writes it: bytes come and go in memory that is used again at once, past the machinery of streams
 * where that is possible. What the kernel does not take at once waits in the stream, and what comes behind it too; under TLS all does.
 */
export class Wire {
  readonly socket: Socket;
  readonly #taken: Taken | undefined;
  readonly #buffer: Buffer | undefined;
  /** Set where it is written past the stream. */
  readonly #descriptor: Taken['descriptor'];
  /** Something waits in the stream. */
  #waits = false;

  private constructor(socket: Socket, taken?: Taken, buffer?: Buffer) {
    this.socket = socket;
    this.#taken = taken;
    this.#buffer = buffer;
    this.#descriptor = taken?.descriptor;
  }

  /** A socket that is read and written as a stream. */
  static stream(socket: Socket): Wire {
    return new Wire(socket);
  }

  /** Takes the connection over from a socket that nothing has been read from. It is read into `buffer`; see `takeOver` for `direct`. */
  static over(from: Socket, buffer: Buffer, direct: boolean): Wire {
    const taken = takeOver(from, buffer, direct);
    return taken ? new Wire(taken.socket, taken, buffer) : new Wire(from);
  }

  /** Whether it is read and written past the machinery of streams. */
  get direct(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Who takes what comes, from when the socket is resumed. To be called once, before. */
  listen(take: (buffer: Buffer, bytes: number) => void): void {
    const [taken, buffer] = [this.#taken, this.#buffer!];
    if (taken) taken.take = (bytes) => take(buffer, bytes);
    else this.socket.on('data', (chunk: Buffer) => take(chunk, chunk.length));
  }

  /** Gives bytes, which may change when this has returned; false when some of them, or others, wait for the client (see 'drain'). */
  write(bytes: Buffer, from: number, to: number): boolean {
    let left = from;
    if (!this.#waits && this.#descriptor !== undefined) {
      // Asked for each time: a descriptor that was closed may be another client's by now.
      const { fd } = this.#descriptor;
      if (fd >= 0) left += put(fd, bytes, from, to);
      if (left === to) return true;
    }
    return this.#stream(bytes.latin1Slice(left, to));
  }

  /** The same with a text that is all ASCII. */
  writeText(text: string): boolean {
    if (this.#waits || this.#descriptor === undefined) return this.#stream(text);
    const bytes = Buffer.from(text, 'latin1');
    return this.write(bytes, 0, bytes.length);
  }

  #stream(text: string): boolean {
    const wrote = this.socket.write(text, 'latin1', () => {
      this.#waits = this.socket.writableLength > 0;
    });
    this.#waits = this.socket.writableLength > 0;
    return wrote;
  }
}

/** How many of the bytes the kernel took. Of an error the stream tells, which tries again. */
function put(fd: number, bytes: Buffer, from: number, to: number): number {
  try {
    return writeSync(fd, bytes, from, to - from);
  } catch {
    return 0;
  }
}
