import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { FairQueue } from '../fair-queue.ts';
import type { Bell } from './bell.ts';
import type { Mailbox } from './mailbox.ts';
import type { Answer, Asked, Posted, Results, ToThread } from './messages.ts';
import type { Pulse } from './pulse.ts';
import type { Slot } from './slot.ts';

export interface CrossingOptions {
  readonly port: MessagePort;
  readonly mailbox: Mailbox;
  readonly bell: Bell;
  /** The thread's place at the bell. */
  readonly place: number;
  readonly pulse: Pulse;
  /** Takes every message of main but results, in order, whether it comes while the thread waits or later. */
  readonly receive: (message: Exclude<ToThread, Results>) => void;
  /** Takes the results, in the order in which main gave them, also in relation to messages. */
  readonly answer: (answer: Answer) => void;
}

/**
 * A thread that several connections share waits this long (ms) before it looks after its sockets again: what only reads is answered
 * sooner, and sleeping costs least. What is written takes as long as the disk; when that takes long the thread waits for a share of
 * the time that it has waited already, for each look costs.
 */
const PATIENCE_MS = 0.3;
const MOST_PATIENCE_MS = 5;
const SHARE_OF_WAIT = 1 / 8;

/** Requests in one batch, which main begins in one step: some milliseconds. */
const MOST_AT_ONCE = 256;
/** So many of them come as they were asked, as many as one connection may have in progress; of those behind them connections have their turns. */
const MOST_IN_ORDER = 64;

/**
 * The thread's side of the crossing. What is asked in one turn of the event loop is gathered in a slot of the mailbox, goes to the main
 * thread as one batch, and is waited for: the thread sleeps until main has answered. A thread that several connections share looks
 * after its sockets meanwhile, now and then, and may ask further batches, as many as there are slots.
 *
 * Main gets a thread's batches in the order in which they were made, and answers each connection's requests in that order.
 *
 * Results come in the batch's slot, or as a message when they are too long for it; all else comes as messages. Main notes with the
 * results in a slot how many messages it had posted before; the thread takes those first, and later ones later. Messages carry their
 * numbers, so that one which was lost (see Moving) changes nothing about that for the others.
 */
export class Crossing {
  readonly #options: CrossingOptions;
  /** Whether several connections share the thread. */
  shared = false;
  /** Where the next batch is gathered; undefined when no slot was empty when that was looked at. */
  #open: Slot | undefined;
  /** How many requests wait to be asked. */
  #gathered = 0;
  /** Those that found no room in a slot, by connection. */
  readonly #crowd = new FairQueue<Asked>();
  #unanswered = 0;
  /** When main was asked, or has answered, for the last time, as performance.now() tells it; for `shared`. */
  #waitingSince = 0;
  /** The number of the last message that was taken, or is known to be lost. */
  #received = 0;
  /** One that was taken too early: it comes behind the results that are in the mailbox, or may yet come. */
  #early: Posted | undefined;
  #scheduled = false;

  constructor(options: CrossingOptions) {
    this.#options = options;
    this.#open = options.mailbox.open;
    options.port.on('message', (message: Posted) => {
      options.pulse.begin();
      this.#takeAnswersBefore(message);
      this.#receive(message);
      this.end();
    });
  }

  /** Does a piece of the thread's work, and then crosses with what it has asked. */
  turn(work: () => void): void {
    this.#options.pulse.begin();
    work();
    this.end();
  }

  /** A piece of the thread's work, which began with `pulse.begin()`, has ended. */
  end(): void {
    if (this.#gathered > 0) {
      // The check phase comes behind the poll phase in which all sockets of this turn are read.
      if (this.shared || this.#unanswered > 0) this.#schedule();
      else this.#cross();
    }
    this.#options.pulse.end();
  }

  /** Within a turn. */
  ask(asked: Asked): void {
    const slot = this.#open;
    // Nobody overtakes those who wait.
    const isNext = slot !== undefined && slot.count === this.#gathered && slot.count < MOST_IN_ORDER;
    this.#gathered++;
    if (!isNext || !slot.put(asked)) this.#crowd.add(String(asked.connection), asked);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#scheduled = false;
    this.#options.pulse.begin();
    this.#cross();
    this.#options.pulse.end();
  };

  /** Asks what there is, if main may have another batch, and waits. */
  #cross(): void {
    const { mailbox, bell, place } = this.#options;
    const { woken } = mailbox;
    const slot = this.#open;
    const isFirst = this.#unanswered === 0;
    if (slot !== undefined && this.#gathered > 0) {
      if (slot.count < this.#gathered) this.#fill(slot);
      this.#gathered -= slot.count;
      this.#unanswered++;
      mailbox.ask();
      this.#open = mailbox.open;
      bell.ring(place);
      if (this.shared) this.#waitingSince = performance.now();
    }
    if (this.#unanswered > 0) {
      // Mostly nothing has come since it was asked, if nothing was asked before.
      const mayHaveCome = !isFirst || mailbox.postedCount !== this.#received;
      if (mayHaveCome || this.#sleep(woken)) this.#takeWhatCame();
      this.#open = mailbox.open;
    }
    // What the answers have led to, and what is unanswered: other sockets come first.
    if (this.#unanswered > 0 || this.#gathered > 0) this.#schedule();
  }

  #fill(slot: Slot): void {
    while (slot.count < MOST_AT_ONCE && this.#crowd.size > 0 && slot.put(this.#crowd.first!))
      this.#crowd.take();
  }

  #takeWhatCame(): void {
    this.#takeAnswers();
    const early = this.#early;
    this.#early = undefined;
    if (early) this.#receive(early);
  }

  /** What was answered in slots before a message was posted, while the thread was not looking. */
  #takeAnswersBefore({ number }: Posted): void {
    const { mailbox, answer } = this.#options;
    while (this.#unanswered > 0) {
      const slot = mailbox.firstAnswered;
      if (slot === undefined || ((mailbox.messagesBefore(slot) - number) | 0) >= 0) break;
      this.#unanswered--;
      mailbox.results(slot, answer);
    }
    this.#open = mailbox.open;
  }

  /** Until all is answered; in a thread that is shared until something is, or for a while. */
  #takeAnswers(): void {
    const { mailbox, answer } = this.#options;
    for (let took = false; ; ) {
      const { woken } = mailbox;
      // In this order: when nothing is answered now, those messages were posted before it will be.
      const posted = mailbox.postedCount;
      const slot = mailbox.firstAnswered;
      const before = slot === undefined ? posted : mailbox.messagesBefore(slot);
      if (before !== this.#received) this.#takeUpTo(before);
      if (slot !== undefined) {
        this.#unanswered--;
        mailbox.results(slot, answer);
        if (this.#unanswered === 0) return;
        this.#waitingSince = performance.now();
        took = true;
      } else if (this.#unanswered === 0 || (took && this.shared) || !this.#sleep(woken)) return;
    }
  }

  /** Until main has done something since `woken`; false when that takes too long for a thread that is shared. */
  #sleep(woken: number): boolean {
    const { mailbox, pulse } = this.#options;
    return mailbox.sleep(pulse, woken, this.shared ? this.#patience : undefined);
  }

  get #patience(): number {
    const waited = performance.now() - this.#waitingSince;
    return Math.min(Math.max(PATIENCE_MS, waited * SHARE_OF_WAIT), MOST_PATIENCE_MS);
  }

  /** Takes all messages up to this number. Each is there before it is counted, so what is not there now never comes. */
  #takeUpTo(number: number): void {
    while (((number - this.#received) | 0) > 0) {
      const message: Posted | undefined = this.#early ?? receiveMessageOnPort(this.#options.port)?.message;
      this.#early = undefined;
      if (message && ((message.number - number) | 0) <= 0) {
        this.#receive(message);
      } else {
        this.#early = message;
        this.#received = number;
      }
    }
  }

  #receive(message: Posted): void {
    this.#received = message.number;
    if (message.kind !== 'results') return this.#options.receive(message);
    if (message.slot !== undefined) {
      this.#unanswered--;
      this.#options.mailbox.free(message.slot);
      this.#open = this.#options.mailbox.open;
    }
    for (const { text, ...result } of message.results) {
      const bytes = Buffer.from(text, 'latin1');
      this.#options.answer({ ...result, bytes, from: 0, to: bytes.length });
    }
  }
}
