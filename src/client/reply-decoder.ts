import { REPLY_END } from '../protocol/reply.ts';

/** Cuts a server's bytes, which are all ASCII, into replies: the JSON texts without their CRLF CRLF. */
export class ReplyDecoder {
  #partial = '';

  push(chunk: Buffer): string[] {
    // The end of a reply may be cut: look again at the last bytes that were there before.
    const from = Math.max(0, this.#partial.length - REPLY_END.length + 1);
    this.#partial += chunk.toString('latin1');
    const replies: string[] = [];
    let start = 0;
    for (;;) {
      const end = this.#partial.indexOf(REPLY_END, Math.max(start, from));
      if (end < 0) break;
      replies.push(this.#partial.slice(start, end));
      start = end + REPLY_END.length;
    }
    if (start > 0) this.#partial = this.#partial.slice(start);
    return replies;
  }
}
