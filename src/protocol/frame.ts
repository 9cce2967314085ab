import { isUtf8 } from 'node:buffer';
import { beginsTls, type Foreign, isRequestLine } from './foreign.ts';

/**
 * One request line as it came off the wire, or why it could not be read.
 *
 * `mark` is what the caller passed to `push` with the chunk that held the frame's first byte.
 */
export type Frame =
  | { readonly mark: number; readonly line: string }
  | { readonly mark: number; readonly fault: 'not UTF-8' | 'too long' | 'foreign' };

const LF = 0x0a;
const CR = 0x0d;
/** What decoding makes of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';
/** One for all: a connection that is idle should hold nothing. */
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into request lines (brief, "Wire protocol"): CRLF or a bare LF ends one, wherever the
 * chunks are cut. A line is decoded whole, so a character split over chunks is decoded right.
 *
 * Holds at most `maxBytes` + 1 bytes. A line longer than `maxBytes` (its end not counted) gives one
 * 'too long' frame, and from then on the decoder is `exhausted` and ignores whatever is pushed. So does, with a 'foreign' frame, a
 * line that another protocol begins with, until it is known that the client speaks ours. Not only the first one: a proxy or an
 * unknown command may stand before it. What is no browser can send what it likes, and is no concern of ours.
 */
export class FrameDecoder {
  readonly #maxBytes: number;
  #partial = NOTHING;
  #held = 0;
  #mark = 0;
  #exhausted = false;
  /** Whether the client speaks our protocol: a line was a request. */
  known = false;
  #foreign: Foreign | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the next byte begins a line. */
  get empty(): boolean {
    return this.#held === 0 && !this.#exhausted;
  }

  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Which other protocol the client speaks, once it has shown that. */
  get foreign(): Foreign | undefined {
    return this.#foreign;
  }

  /**
   * The line, when the first `bytes` of `buffer` are just one whole line, and the client is known: what mostly comes. Undefined when
   * they have to be pushed.
   */
  whole(buffer: Buffer, bytes: number): string | undefined {
    if (!this.known || this.#held > 0 || this.#exhausted || bytes > this.#maxBytes) return undefined;
    const text = buffer.utf8Slice(0, bytes);
    const last = text.length - 1;
    if (text.indexOf('\n') !== last || text.includes(REPLACEMENT)) return undefined;
    return text.slice(0, text.charCodeAt(last - 1) === CR ? last - 1 : last);
  }

  /** The frames that `chunk` completes, in order. */
  push(chunk: Buffer, mark: number): Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    while (!this.#exhausted && start < chunk.length) {
      const end = chunk.indexOf(LF, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (this.#held === 0) this.#mark = mark;
      if (end < 0) {
        this.#hold(piece, frames);
        break;
      }
      frames.push(this.#complete(piece));
      start = end + 1;
    }
    return frames;
  }

  #complete(piece: Buffer): Frame {
    let line = piece;
    if (this.#held > 0) {
      line = Buffer.concat([this.#partial.subarray(0, this.#held), piece]);
      this.#held = 0;
      this.#partial = NOTHING;
    }
    if (!this.known && beginsTls(line)) return this.#meet('TLS');
    if (line.at(-1) === CR) line = line.subarray(0, -1);
    if (line.length > this.#maxBytes) return this.#tooLong();
    if (!this.known && isRequestLine(line)) return this.#meet('HTTP');
    if (!isUtf8(line)) return { mark: this.#mark, fault: 'not UTF-8' };
    return { mark: this.#mark, line: line.toString('utf8') };
  }

  /** Keeps the start of a line. Copies, for a kept slice would keep its whole chunk alive. */
  #hold(piece: Buffer, frames: Frame[]): void {
    const size = this.#held + piece.length;
    const surplus = size - this.#maxBytes;
    // One byte over may still be the CR of a line of exactly the limit.
    if (surplus > 1 || (surplus === 1 && piece.at(-1) !== CR)) {
      frames.push(this.#tooLong());
      return;
    }
    if (size > this.#partial.length) {
      const grown = Buffer.alloc(Math.min(Math.max(size, this.#partial.length * 2, 256), this.#maxBytes + 1));
      this.#partial.copy(grown, 0, 0, this.#held);
      this.#partial = grown;
    }
    piece.copy(this.#partial, this.#held);
    this.#held = size;
    // What says hello in TLS then waits, perhaps without an end of a line.
    if (!this.known && size > 1 && beginsTls(this.#partial)) frames.push(this.#meet('TLS'));
  }

  #tooLong(): Frame {
    return this.#exhaust('too long');
  }

  #meet(foreign: Foreign): Frame {
    this.#foreign = foreign;
    return this.#exhaust('foreign');
  }

  #exhaust(fault: 'too long' | 'foreign'): Frame {
    this.#exhausted = true;
    this.#held = 0;
    this.#partial = NOTHING;
    return { mark: this.#mark, fault };
  }
}
