import type { Socket } from 'node:net';
import { parseRequest } from '../commands/index.ts';
import { type Frame, FrameDecoder } from '../protocol/frame.ts';
import { refusals } from '../protocol/reply.ts';
import type { Counters } from './counters.ts';
import type { ConnectionEnd, Result, ThreadRequest } from './messages.ts';

/** A connection with more requests than this in progress is not read from until some are answered. */
const MAX_IN_PROGRESS = 1000;
/** How long a client may take to close its side once the server has closed its own. */
const LINGER_MS = 1000;

/**
 * One client, in its thread: bytes become requests, results become bytes.
 *
 * - Replies leave in the order of the requests, because main answers a connection's requests in order.
 * - A request carries how many replies had been written when its first byte was read. Main takes
 *   messages in those replies as received (brief, "Where we differ", 4). To judge that as late as possible, a reply
 *   that carries messages is written one turn later: whatever the client had sent before is read first.
 * - The end of a connection goes through main like a request, behind all others. Only when main has
 *   answered it is the socket closed, so a client that saw the close knows that its effects are there.
 */
export class Connection {
  readonly #id: number;
  readonly #socket: Socket;
  readonly #ask: (request: ThreadRequest) => void;
  readonly #counters: Counters;
  readonly #decoder: FrameDecoder;
  #inProgress = 0;
  #written = 0;
  #held: Result | undefined;
  #ended = false;
  #endAnswered = false;
  #failure: Error | undefined;
  readonly #closed: (error: Error | undefined) => void;

  constructor(
    id: number,
    socket: Socket,
    options: {
      readonly maxRequest: number;
      readonly counters: Counters;
      readonly ask: (request: ThreadRequest) => void;
      /** Called once, when the socket is gone and main has answered the end; with an error when the socket failed. */
      readonly closed: (error: Error | undefined) => void;
    },
  ) {
    this.#id = id;
    this.#socket = socket;
    this.#ask = options.ask;
    this.#closed = options.closed;
    this.#counters = options.counters;
    this.#decoder = new FrameDecoder(options.maxRequest);
    this.#counters.add('connections', 1);
    // The client may close its sending side and still wait for replies.
    socket.allowHalfOpen = true;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end('clean'));
    socket.on('drain', () => this.#flow());
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.on('close', () => {
      this.#end('lost');
      if (this.#endAnswered) this.#closed(this.#failure);
    });
    socket.resume();
  }

  /** Ends the connection behind what it has asked so far; reads nothing more. */
  stop(): void {
    this.#end('lost');
  }

  /** Takes the answer to this connection's next requests. */
  answer(result: Result): void {
    this.#inProgress -= result.replies;
    if (this.#held) {
      this.#held.text += result.text;
      this.#held.replies += result.replies;
      this.#held.errors += result.errors;
      this.#held.ended ||= result.ended;
    } else if (result.delivers) {
      this.#held = result;
      setImmediate(() => {
        this.#held = undefined;
        this.#write(result);
      });
    } else {
      this.#write(result);
    }
  }

  #read(chunk: Buffer): void {
    this.#counters.add('bytesIn', chunk.length);
    // Once the end is on its way what still comes is thrown away; closing on unread bytes would reset
    // the connection and could take the last reply with it (RFC 1122, 4.2.2.13).
    if (this.#ended) return;
    const frames = this.#decoder.push(chunk, this.#written);
    for (const frame of frames) this.#request(frame);
    this.#counters.add('requests', frames.length);
    if (this.#decoder.exhausted) this.#end('lost');
    this.#flow();
  }

  #request(frame: Frame): void {
    this.#inProgress++;
    this.#ask({ connection: this.#id, received: frame.mark, asked: parse(frame) });
  }

  #write({ text, replies, errors, ended }: Result): void {
    this.#counters.add('replies', replies);
    this.#counters.add('errors', errors);
    this.#counters.add('bytesOut', text.length);
    if (text.length > 0 && this.#socket.writable) {
      this.#socket.write(text, 'latin1', (error) => {
        if (!error) this.#written += replies;
      });
    }
    if (ended) this.#close();
    this.#flow();
  }

  /** Reads on, unless the client has too much in progress or does not take its replies. */
  #flow(): void {
    if (this.#ended) return;
    if (this.#inProgress > MAX_IN_PROGRESS || this.#socket.writableNeedDrain) this.#socket.pause();
    else this.#socket.resume();
  }

  #end(how: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.resume();
    this.#ask({ connection: this.#id, received: how === 'clean' ? this.#written : 0, asked: { end: how } });
  }

  #close(): void {
    this.#endAnswered = true;
    if (this.#socket.closed) return this.#closed(this.#failure);
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }
}

function parse(frame: Frame): ThreadRequest['asked'] {
  if ('line' in frame) return parseRequest(frame.line);
  return { refusal: frame.fault === 'too long' ? refusals.tooLong : refusals.notUtf8 };
}
