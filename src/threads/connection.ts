import type { Socket } from 'node:net';
import { isLoopback } from '../address.ts';
import { commandNumber, parseRequest } from '../commands/index.ts';
import { type Foreign, foreignAnswers } from '../protocol/foreign.ts';
import { type Frame, FrameDecoder } from '../protocol/frame.ts';
import { refusals } from '../protocol/reply.ts';
import { Backlog } from './backlog.ts';
import type { BlackBox } from './black-box.ts';
import type { Counters } from './counters.ts';
import { disasterIn, happen } from './drill.ts';
import { EventsWritten } from './events-written.ts';
import type { Closed, ConnectionEnd, ConnectionLimits, Result, Taken, ThreadRequest } from './messages.ts';
import { Pace } from './pace.ts';
import { Receipts, type Turn } from './receipts.ts';
import { ResetWatch } from './reset.ts';
import { describeFailure, type RecordStarts } from './secure.ts';
import { StandingReplies } from './standing.ts';
import { Statistics } from './statistics.ts';
import type { Versions } from './versions.ts';

/** How long a client may take to close its side once the server has closed its own, with everything written. */
const LINGER_MS = 1000;
/** Far more than a person or their program asks for. */
const ORDINARY_RATE = 1000;
/** A client that asks too fast is not read for this long. */
const TOO_FAST_REST_MS = 100;

/** One for all connections of a thread. */
export interface ConnectionOptions {
  readonly limits: ConnectionLimits;
  readonly counters: Counters;
  readonly blackBox: BlackBox;
  readonly versions: Versions;
  /** Does a piece of the thread's work; what it asks crosses behind it. */
  readonly turn: Turn;
  /** Whether the client may set off a disaster. */
  readonly drills: boolean;
  readonly ask: (request: ThreadRequest) => void;
  /** Called when a client has taken so many bytes of events more. */
  readonly took: (taken: Taken) => void;
  /** Called once, when the socket is gone and main has answered the end. */
  readonly closed: (closed: Closed) => void;
}

/**
 * One client, in its thread: bytes become requests, results become bytes.
 *
 * - Replies leave in the order of the requests, because main answers a connection's requests in order.
 * - A request carries how many replies its first byte is known to come behind (see Receipts); main takes messages in
 *   those as received.
 * - The end of a connection goes through main like a request, behind all others, or at once when nobody waits for those
 *   (see ConnectionEnd). Only when main has answered it is the socket closed, so a client that saw the close knows that its
 *   effects are there.
 * - What a client makes us hold is bounded: a chunk's frames in the backlog, the requests in progress, and
 *   their replies. While the backlog is not empty nothing is read, and while replies wait to be written nothing is
 *   asked. A client that takes no replies for `slowTimeout`, or leaves more than `maxUnwritten`, is dropped. One that
 *   asks too fast is told so, and then made to wait.
 */
export class Connection {
  readonly #id: number;
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  readonly #options: ConnectionOptions;
  readonly #records: RecordStarts | undefined;
  readonly #backlog: Backlog;
  readonly #receipts: Receipts;
  readonly #pace: Pace;
  readonly #standing: StandingReplies;
  readonly #statistics: Statistics;
  /** Undefined before it was needed. */
  #resets: ResetWatch | undefined;
  /** Undefined before there was one: most connections do not listen. */
  #events: EventsWritten | undefined;
  /** The request that is alone in progress, and all bytes of the chunk that it came in, if that held nothing else. */
  #asked: { readonly line: string; readonly chunk: string | undefined } | undefined;
  #chunk: string | undefined;
  #repeated = 0;
  #rest: NodeJS.Timeout | undefined;
  /** Replies wait for the client to take them. */
  #blocked = false;
  #paused = true;
  /** What is written now reaches nobody. */
  #gone = false;
  #held: Result | undefined;
  #end: { readonly how: ConnectionEnd; readonly received: number } | undefined;
  /** How, when it was asked last. */
  #endAsked: ConnectionEnd | undefined;
  #endAnswered = false;
  #slow: NodeJS.Timeout | undefined;
  #failure: string | undefined;

  /** `records`: set under TLS. */
  constructor(id: number, socket: Socket, records: RecordStarts | undefined, options: ConnectionOptions) {
    this.#id = id;
    this.#socket = socket;
    this.#options = options;
    this.#records = records;
    const { maxRequest, maxRate } = options.limits;
    this.#decoder = new FrameDecoder(maxRequest);
    this.#backlog = new Backlog(maxRequest);
    const ordinaryRate = isLoopback(socket.remoteAddress ?? '') ? Number.POSITIVE_INFINITY : ORDINARY_RATE;
    this.#pace = new Pace(maxRate ?? ordinaryRate);
    this.#receipts = new Receipts(socket, options.turn, records);
    this.#standing = new StandingReplies(options.versions);
    this.#statistics = new Statistics(id, options.counters, options.blackBox);
    this.#statistics.opened();
    // The client may close its sending side and still wait for replies.
    socket.allowHalfOpen = true;
    const { turn } = options;
    socket.on('data', (chunk: Buffer) => turn(() => this.#read(chunk)));
    socket.on('end', () => turn(() => this.#readEnd()));
    socket.on('drain', () =>
      turn(() => {
        this.#blocked = false;
        this.#events?.look();
        this.#advance();
      }),
    );
    socket.on('error', (error) => {
      this.#failure ??= describeFailure(error);
      this.#statistics.note('broke off');
    });
    socket.on('close', () => turn(() => this.#seeClosed()));
    this.#readOn();
  }

  /** Ends the connection behind what is in progress; what has not been begun is dropped, and nothing more is read. */
  drain(): void {
    this.#abandon('cut');
  }

  /** Answers the client with this instead of serving it, and ends the connection. */
  refuse(text: string): void {
    this.#socket.write(text, 'latin1');
    this.#abandon('cut');
  }

  /** Ends the connection now. */
  drop(reason: string): void {
    this.#failure ??= reason;
    this.#gone = true;
    this.#socket.destroy();
  }

  /** Writes events: whole ones, so none splits a reply. */
  tell(text: string): void {
    if (this.#gone || this.#endAnswered) return;
    this.#statistics.told(text.length);
    this.#events ??= new EventsWritten(this.#socket, (bytes) =>
      this.#options.took({ kind: 'taken', connection: this.#id, bytes }),
    );
    const wrote = this.#socket.write(text, 'latin1');
    this.#events.wrote(text.length);
    if (wrote) return;
    this.#block();
    this.#advance();
  }

  /** Takes the answer to this connection's next requests. */
  answer(result: Result): void {
    if (result.standing && this.#asked) {
      const { line, chunk } = this.#asked;
      this.#standing.keep(line, chunk, result.text, result.standing);
    }
    this.#asked = undefined;
    this.#backlog.finish(result.replies);
    this.#statistics.settled(result.replies);
    if (this.#held) {
      this.#held.text += result.text;
      this.#held.replies += result.replies;
      this.#held.errors += result.errors;
      this.#held.ended ||= result.ended;
    } else if (result.delivers) {
      this.#held = result;
      this.#receipts.afterTurn((quiet) => {
        this.#held = undefined;
        this.#write(result, quiet);
      });
    } else {
      this.#write(result);
    }
  }

  #readEnd(): void {
    this.#receipts.stir();
    this.#statistics.note('client closed');
    // Under TLS Node does not tell its close_notify from a FIN, which anyone on the way could have sent.
    this.#finish(this.#records ? 'lost' : 'clean');
  }

  #seeClosed(): void {
    this.#statistics.note('closed');
    this.#blocked = false;
    this.#gone = true;
    clearTimeout(this.#slow);
    clearTimeout(this.#rest);
    this.#resets?.stop();
    this.#abandon('gone');
    if (this.#endAnswered) this.#tellClosed();
  }

  /** Whether nothing of this connection waits or is at main, so that what is answered here overtakes nothing. */
  get #atRest(): boolean {
    const nothingAsked = this.#backlog.inProgress === 0 && !this.#held && this.#receipts.settled;
    return nothingAsked && !this.#paused && !this.#end && this.#decoder.empty;
  }

  #read(chunk: Buffer): void {
    const received = this.#receipts.read(chunk);
    const bytes = this.#atRest ? chunk.toString('latin1') : undefined;
    const standing = bytes === undefined ? undefined : this.#standing.find(bytes);
    if (standing !== undefined && this.#pace.take()) {
      this.#statistics.repeated(chunk.length, standing.length);
      this.#repeat(standing);
      if (this.#blocked) this.#advance();
      return;
    }
    // Once the end is on its way what still comes is thrown away; closing on unread bytes would reset
    // the connection and could take the last reply with it (RFC 1122, 4.2.2.13).
    const frames = this.#end ? [] : this.#decoder.push(chunk, received);
    this.#statistics.read(chunk.length, frames.length);
    if (this.#end) return;
    this.#chunk = frames.length === 1 && this.#decoder.empty ? bytes : undefined;
    this.#backlog.push(frames);
    const { foreign, exhausted } = this.#decoder;
    if (foreign) this.#turnAway(foreign);
    else if (exhausted) this.#finish('lost');
    else this.#advance();
  }

  /** Nothing of what the client of another protocol sends is done. */
  #turnAway(foreign: Foreign): void {
    this.#failure ??= `the client spoke ${foreign}`;
    this.#statistics.note('spoke another protocol');
    this.#socket.write(foreignAnswers[foreign], 'latin1');
    this.#abandon('cut');
  }

  /** Does the next thing that the limits allow: ask what is in the backlog, then the end, then read on. */
  #advance(): void {
    if (this.#blocked !== (this.#slow !== undefined)) this.#watchSlowness(this.#blocked);
    while (!this.#blocked && !this.#rest) {
      const frame = this.#backlog.begin();
      if (!frame) break;
      this.#ask(frame);
    }
    if (this.#end) {
      this.#readOn();
      this.#watchResets();
      if (this.#backlog.waiting === 0) this.#askEnd();
    } else if (this.#backlog.waiting > 0 || this.#backlog.full || this.#blocked || this.#rest) {
      this.#receipts.stir();
      this.#paused = true;
      this.#socket.pause();
      this.#watchResets();
    } else {
      this.#readOn();
      this.#receipts.look();
    }
  }

  #watchResets(): void {
    if (this.#gone) return;
    this.#resets ??= new ResetWatch(this.#socket, () => this.#paused || this.#end !== undefined);
    this.#resets.watch();
  }

  #readOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #ask(frame: Frame): void {
    const disaster = this.#options.drills && 'line' in frame ? disasterIn(frame.line) : undefined;
    if (disaster) {
      this.#statistics.note('drill');
      return happen(disaster);
    }
    if (!this.#pace.take()) return this.#cross(frame, this.#slowDown());
    const line = 'line' in frame && this.#backlog.inProgress === 1 && !this.#held ? frame.line : undefined;
    const text = line !== undefined && this.#receipts.settled ? this.#standing.find(line) : undefined;
    if (text !== undefined) {
      this.#backlog.finish(1);
      this.#statistics.settled(1);
      this.#statistics.wrote({ text, replies: 1, errors: 0 });
      return this.#repeat(text);
    }
    this.#asked = line === undefined ? undefined : { line, chunk: this.#chunk };
    this.#cross(frame, parse(frame));
  }

  /** Gives a reply again. Main does not know of it, so it does not count among those that main numbers (see Receipts). */
  #repeat(text: string): void {
    this.#repeated++;
    if (!this.#gone && !this.#socket.write(text, 'latin1')) this.#block();
  }

  #cross(frame: Frame, asked: ThreadRequest['asked']): void {
    if ('command' in asked) {
      this.#decoder.know();
      this.#statistics.note('asked', commandNumber(asked.command));
    } else this.#statistics.note('asked in vain');
    this.#tell(frame.mark, asked);
  }

  #slowDown(): ThreadRequest['asked'] {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#options.turn(() => this.#advance());
    }, TOO_FAST_REST_MS);
    return { refusal: refusals.tooFast };
  }

  #tellClosed(): void {
    // Not all is answered of what was asked by who is gone.
    this.#statistics.settled(this.#backlog.inProgress);
    this.#options.closed({
      kind: 'closed',
      connection: this.#id,
      failure: this.#failure,
      ...this.#statistics.counted,
    });
  }

  /** `quiet`: nothing had been sent ahead of these replies (see Receipts). */
  #write(result: Result, quiet = false): void {
    const { text, replies, delivers, ended } = result;
    this.#statistics.wrote(result);
    if (text.length > 0 && !this.#gone) {
      if (!this.#socket.write(text, 'latin1')) this.#block();
      this.#receipts.wrote(replies, delivers, quiet);
    }
    if (ended) this.#close();
    else this.#advance();
  }

  #block(): void {
    this.#blocked = !this.#socket.destroyed;
    const { maxUnwritten } = this.#options.limits;
    if (this.#socket.writableLength > maxUnwritten)
      this.drop(`more than ${maxUnwritten} bytes waited to be taken by the client`);
  }

  #watchSlowness(blocked: boolean): void {
    if (!blocked) {
      clearTimeout(this.#slow);
      this.#slow = undefined;
      return;
    }
    const { slowTimeout } = this.#options.limits;
    this.#slow ??= setTimeout(() => {
      this.drop(`the client has taken no replies for ${slowTimeout / 1000} s`);
    }, slowTimeout);
  }

  /** The end comes behind everything that was read. */
  #finish(how: 'clean' | 'lost'): void {
    this.#end ??= { how, received: how === 'clean' ? this.#receipts.proven : 0 };
    this.#advance();
  }

  /** Nothing more is begun. The end may have been asked already; then it is asked again, and need not wait so long. */
  #abandon(how: 'cut' | 'gone'): void {
    this.#statistics.settled(this.#backlog.waiting);
    this.#backlog.clear();
    if (this.#end?.how !== 'gone') this.#end = { how, received: this.#end?.received ?? 0 };
    this.#advance();
  }

  #askEnd(): void {
    const { how, received } = this.#end!;
    if (this.#endAsked === how || this.#endAnswered) return;
    this.#endAsked = how;
    this.#tell(received, { end: how });
  }

  #tell(received: number, asked: ThreadRequest['asked']): void {
    this.#receipts.told(received);
    this.#options.ask({ connection: this.#id, received, asked, repeated: this.#repeated });
    this.#repeated = 0;
  }

  #close(): void {
    this.#endAnswered = true;
    if (this.#socket.closed) return this.#tellClosed();
    this.#watchSlowness(true);
    this.#socket.end(() => {
      this.#watchSlowness(false);
      setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    });
  }
}

function parse(frame: Frame): ThreadRequest['asked'] {
  if ('line' in frame) return parseRequest(frame.line);
  return { refusal: frame.fault === 'too long' ? refusals.tooLong : refusals.notUtf8 };
}
