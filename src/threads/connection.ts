import type { Socket } from 'node:net';
import { isLoopback } from '../address.ts';
import { type CutRequest, cutRequest } from '../commands/index.ts';
import { type Foreign, foreignAnswers } from '../protocol/foreign.ts';
import { type Frame, FrameDecoder } from '../protocol/frame.ts';
import { refusals } from '../protocol/reply.ts';
import { Backlog } from './backlog.ts';
import type { BlackBox } from './black-box.ts';
import type { Counters } from './counters.ts';
import type { Crossing } from './crossing.ts';
import { disasterIn, happen } from './drill.ts';
import { EventsWritten } from './events-written.ts';
import type { Answer, Closed, ConnectionEnd, ConnectionLimits, Taken } from './messages.ts';
import { Pace } from './pace.ts';
import type { Pulse } from './pulse.ts';
import { Receipts } from './receipts.ts';
import { ResetWatch } from './reset.ts';
import { describeFailure, type RecordStarts } from './secure.ts';
import { asEnd, REFUSAL } from './slot.ts';
import { StandingReplies } from './standing.ts';
import { Statistics } from './statistics.ts';
import type { Versions } from './versions.ts';
import type { Wire } from './wire.ts';

/** How long a client may take to close its side once the server has closed its own, with everything written. */
const LINGER_MS = 1000;
/** Far more than a person or their program asks for. */
const ORDINARY_RATE = 1000;
const NO_CUTS: readonly number[] = [];
/** A client that asks too fast is not read for this long. */
const TOO_FAST_REST_MS = 100;

/** One for all connections of a thread. */
export interface ConnectionOptions {
  readonly limits: ConnectionLimits;
  readonly counters: Counters;
  readonly blackBox: BlackBox;
  readonly versions: Versions;
  readonly pulse: Pulse;
  readonly crossing: Pick<Crossing, 'end' | 'turn' | 'ask'>;
  /** Whether the client may set off a disaster. */
  readonly drills: boolean;
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
  readonly #wire: Wire;
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
  /** The line of the request that is alone in progress. */
  #asked: string | undefined;
  #repeated = 0;
  #rest: NodeJS.Timeout | undefined;
  /** Replies wait for the client to take them. */
  #blocked = false;
  #paused = true;
  /** What is written now reaches nobody. */
  #gone = false;
  #held: Answer | undefined;
  #end: { readonly how: ConnectionEnd; readonly received: number } | undefined;
  /** How, when it was asked last. */
  #endAsked: ConnectionEnd | undefined;
  #endAnswered = false;
  #slow: NodeJS.Timeout | undefined;
  #failure: string | undefined;

  /** `records`: set under TLS. */
  constructor(id: number, wire: Wire, records: RecordStarts | undefined, options: ConnectionOptions) {
    const { crossing, pulse } = options;
    const { socket } = wire;
    this.#id = id;
    this.#wire = wire;
    this.#socket = socket;
    this.#options = options;
    this.#records = records;
    const { maxRequest, maxRate } = options.limits;
    this.#decoder = new FrameDecoder(maxRequest);
    this.#backlog = new Backlog(maxRequest);
    const ordinaryRate = isLoopback(socket.remoteAddress ?? '') ? Number.POSITIVE_INFINITY : ORDINARY_RATE;
    this.#pace = new Pace(maxRate ?? ordinaryRate);
    const turn = crossing.turn.bind(crossing);
    this.#receipts = new Receipts(socket, turn, records);
    this.#standing = new StandingReplies(options.versions);
    this.#statistics = new Statistics(id, options.counters, options.blackBox);
    this.#statistics.opened();
    // The client may close its sending side and still wait for replies.
    socket.allowHalfOpen = true;
    wire.listen((buffer, bytes) => {
      pulse.begin();
      this.#read(buffer, bytes);
      crossing.end();
    });
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
    const wrote = this.#wire.writeText(text);
    this.#events.wrote(text.length);
    if (wrote) return;
    this.#block();
    this.#advance();
  }

  /** Takes the answer to this connection's next requests. */
  answer(answer: Answer): void {
    if (answer.standing !== undefined && this.#asked !== undefined) {
      this.#standing.keep(this.#asked, answer.bytes, answer.from, answer.to, answer.standing);
    }
    this.#asked = undefined;
    this.#backlog.finish(answer.replies);
    if (this.#held !== undefined) this.#held = both(this.#held, answer);
    else if (answer.delivers) this.#hold(kept(answer));
    else this.#write(answer, false);
  }

  /** Until it is known whether something had been sent ahead of these replies. */
  #hold(answer: Answer): void {
    this.#held = answer;
    this.#receipts.afterTurn((quiet) => {
      const held = this.#held!;
      this.#held = undefined;
      this.#write(held, quiet);
    });
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

  #read(buffer: Buffer, bytes: number): void {
    const mark = this.#receipts.read(bytes);
    const line = this.#waits ? undefined : this.#decoder.whole(buffer, bytes);
    if (line === undefined) return this.#readFrames(buffer.subarray(0, bytes), mark);
    const again = this.#standing.some ? this.#again(line) : undefined;
    if (again !== undefined && this.#pace.take()) {
      this.#statistics.repeated(bytes, again.length);
      this.#repeat(again);
      if (this.#blocked) this.#advance();
      return;
    }
    const cut = cutRequest(line);
    this.#statistics.readOne(bytes, 'number' in cut ? cut.number : undefined);
    if (isLarge(cut) && this.#backlog.fullOfLarge) {
      this.#backlog.push([{ line, mark }]);
      this.#advance();
    } else if (!this.#ask(line, mark, cut)) this.#advance();
  }

  /** Whether there is more to do than to read on. */
  get #waits(): boolean {
    return this.#paused || this.#blocked || this.#rest !== undefined || this.#end !== undefined;
  }

  #readFrames(chunk: Buffer, mark: number): void {
    // Once the end is on its way what still comes is thrown away; closing on unread bytes would reset
    // the connection and could take the last reply with it (RFC 1122, 4.2.2.13).
    const frames = this.#end ? [] : this.#decoder.push(chunk, mark);
    this.#statistics.read(chunk.length, frames.length);
    if (this.#end) return;
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
      const frame = this.#backlog.next;
      if (frame === undefined) break;
      const cut = 'line' in frame ? cutRequest(frame.line) : undefined;
      // Enough are in progress whose replies may be large.
      if (cut !== undefined && isLarge(cut) && this.#backlog.fullOfLarge) break;
      // Before anything is done that might end the connection.
      this.#backlog.shift();
      this.#askFrame(frame, cut);
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

  /** `cut`: of its line, when it is one. */
  #askFrame(frame: Frame, cut: CutRequest | undefined): void {
    const { mark } = frame;
    if ('fault' in frame || cut === undefined) {
      this.#statistics.note('asked in vain');
      const isLong = 'fault' in frame && frame.fault === 'too long';
      this.#refuse(mark, 0, isLong ? refusals.tooLong : refusals.notUtf8);
      return;
    }
    const { line } = frame;
    const again = this.#again(line);
    if (again !== undefined && this.#pace.take()) {
      this.#statistics.answered(1, 0, again.length);
      this.#repeat(again);
      return;
    }
    if ('number' in cut) this.#statistics.note('asked', cut.number);
    else this.#statistics.note('asked in vain');
    this.#ask(line, mark, cut);
  }

  /** A reply that is given again, when nothing of this connection waits or is at main, so that it overtakes nothing. */
  #again(line: string): Buffer | undefined {
    const atRest = this.#backlog.inProgress === 0 && !this.#held && this.#receipts.settled;
    return atRest ? this.#standing.find(line) : undefined;
  }

  /** Main does not know of it, so it does not count among the replies that main numbers (see Receipts). */
  #repeat(reply: Buffer): void {
    this.#repeated++;
    if (!this.#gone && !this.#wire.write(reply, 0, reply.length)) this.#block();
  }

  /** Returns whether more may be asked now. */
  #ask(line: string, mark: number, cut: CutRequest): boolean {
    if (this.#options.drills && this.#drill(line)) return true;
    if (!this.#pace.take()) {
      this.#slowDown();
      this.#refuse(mark, line.length, refusals.tooFast);
      return false;
    }
    if ('refusal' in cut) return this.#refuse(mark, line.length, cut.refusal);
    this.#decoder.known = true;
    this.#asked = this.#backlog.inProgress === 0 && this.#held === undefined ? line : undefined;
    const more = this.#backlog.begin(line.length, cut.large);
    this.#tell(mark, cut.number, line, cut.cuts);
    return more;
  }

  #drill(line: string): boolean {
    const disaster = disasterIn(line);
    if (!disaster) return false;
    this.#backlog.begin(line.length, false);
    this.#statistics.note('drill');
    happen(disaster);
    return true;
  }

  #refuse(mark: number, characters: number, refusal: string): boolean {
    this.#asked = undefined;
    const more = this.#backlog.begin(characters, false);
    this.#tell(mark, REFUSAL, refusal, NO_CUTS);
    return more;
  }

  #slowDown(): void {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#options.crossing.turn(() => this.#advance());
    }, TOO_FAST_REST_MS);
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
  #write({ bytes, from, to, replies, errors, delivers, ended }: Answer, quiet: boolean): void {
    this.#statistics.answered(replies, errors, to - from);
    if (to > from && !this.#gone) {
      if (!this.#wire.write(bytes, from, to)) this.#block();
      this.#receipts.wrote(replies, delivers, quiet);
    }
    if (ended) this.#close();
    else if (this.#waits) this.#advance();
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
    this.#tell(received, asEnd(how), '', NO_CUTS);
  }

  #tell(received: number, what: number, text: string, cuts: readonly number[]): void {
    this.#receipts.told(received);
    this.#options.crossing.ask({
      connection: this.#id,
      received,
      repeated: this.#repeated,
      what,
      text,
      cuts,
    });
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

/** Whether the reply may be. */
const isLarge = (cut: CutRequest): boolean => 'number' in cut && cut.large;

/** With bytes of its own. */
const kept = (answer: Answer): Answer => {
  const bytes = Buffer.from(answer.bytes.subarray(answer.from, answer.to));
  return { ...answer, bytes, from: 0, to: bytes.length };
};

/** One answer of two, `first` with bytes of its own. */
function both(first: Answer, second: Answer): Answer {
  const bytes = Buffer.concat([first.bytes, second.bytes.subarray(second.from, second.to)]);
  return {
    ...first,
    bytes,
    to: bytes.length,
    replies: first.replies + second.replies,
    errors: first.errors + second.errors,
    ended: first.ended || second.ended,
  };
}
