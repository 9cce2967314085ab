import { isAscii } from 'node:buffer';
import { REPLY_END } from '../protocol/reply.ts';

/** In bytes: a server drops whoever leaves more than half of it untaken, unless it was told to wait for more (`--max-unwritten`). */
export const LONGEST_REPLY = 64 * 1024 * 1024;

const END = Buffer.from(REPLY_END);
const BRACE = '{'.charCodeAt(0);
/** One for all: a connection that is idle should hold nothing. */
const NOTHING = Buffer.alloc(0);
const SMALLEST = 256;
const LONGEST_QUOTE = 60;

/**
 * Cuts a server's bytes, which are all ASCII, into replies: the JSON texts without their CRLF CRLF. Holds at most `longest` bytes and a
 * chunk, in a room of at most twice that.
 */
export class ReplyDecoder {
  readonly #longest: number;
  #room = NOTHING;
  #held = 0;
  #fault: string | undefined;

  constructor(longest = LONGEST_REPLY) {
    this.#longest = longest;
  }

  /** What the other side does that no server of ours does, as the rest of a sentence. From then on nothing more is cut. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** The replies that `chunk` completes, in order. */
  push(chunk: Buffer): string[] {
    if (this.#fault !== undefined) return [];
    const before = this.#held;
    const bytes = before === 0 ? chunk : this.#append(chunk);
    const replies: string[] = [];
    let start = 0;
    // The end of a reply may be cut: look again at the last bytes that were there before.
    let from = Math.max(0, before - END.length + 1);
    while (start < bytes.length && this.#begins(bytes, start)) {
      const end = bytes.indexOf(END, from);
      if (end < 0) break;
      replies.push(bytes.toString('latin1', start, end));
      start = end + END.length;
      from = start;
    }
    this.#keep(bytes, start);
    if (!isAscii(chunk)) this.#fail('it sends bytes that are not ASCII');
    if (this.#held > this.#longest) this.#fail(`it sends a reply of more than ${this.#longest} bytes`);
    return replies;
  }

  #begins(bytes: Buffer, start: number): boolean {
    if (bytes[start] === BRACE) return true;
    const [line = ''] = bytes
      .toString('latin1', start, start + LONGEST_QUOTE)
      .trim()
      .split(/[\r\n]/);
    this.#fail(`it says "${line}"`);
    return false;
  }

  /** Copies, for a kept chunk would keep what stands beside it in memory alive. */
  #append(chunk: Buffer): Buffer {
    const size = this.#held + chunk.length;
    if (size > this.#room.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, 2 * this.#room.length));
      this.#room.copy(grown, 0, 0, this.#held);
      this.#room = grown;
    }
    chunk.copy(this.#room, this.#held);
    this.#held = size;
    return this.#room.subarray(0, size);
  }

  #keep(bytes: Buffer, start: number): void {
    if (this.#held > 0 && start === 0) return;
    this.#held = 0;
    this.#room = NOTHING;
    if (start === bytes.length || this.#fault !== undefined) return;
    this.#room = Buffer.allocUnsafe(SMALLEST);
    this.#append(bytes.subarray(start));
  }

  #fail(fault: string): void {
    this.#fault ??= fault;
    this.#held = 0;
    this.#room = NOTHING;
  }
}
