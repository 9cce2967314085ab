import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { FairQueue } from '../fair-queue.ts';
import type { Bell } from './bell.ts';
import type { Mailbox } from './mailbox.ts';
import type { Batch, Posted, Result, Results, ThreadRequest, ToThread } from './messages.ts';
import type { Pulse } from './pulse.ts';

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
  readonly answer: (result: Result) => void;
  /** Whether several connections share the thread. */
  readonly shared: () => boolean;
}

/**
 * A thread that several connections share waits this long (ms) for a batch. What only reads is answered sooner, and sleeping costs
 * least; what is written takes as long as the disk, and meanwhile the thread can serve the others.
 */
const PATIENCE_MS = 0.3;

/** Requests in one batch, which main begins in one step: some milliseconds. When there are more connections have their turns. */
const MOST_AT_ONCE = 256;

/** Batches of one thread that main may have at once. More would be smaller, and each costs. */
const MOST_UNANSWERED = 3;

/**
 * The thread's side of the crossing. What is asked in one turn of the event loop is gathered, goes to the main thread as one
 * batch, and is waited for: the thread sleeps until main has answered. A thread that several connections share goes on when that
 * takes long; then the results come as messages, and so do further batches until all are answered.
 *
 * Main gets a thread's batches in the order in which they were made, for those that come as messages are made only when it has taken
 * the one in the mailbox. It answers each connection's requests in that order.
 *
 * Small batches and their results cross in the mailbox, large ones and everything else as messages. Main notes with the
 * results how many messages it had posted before; the thread takes those first, and later ones later. Messages carry their
 * numbers, so that one which was lost (see Moving) changes nothing about that for the others.
 */
export class Crossing {
  readonly #options: CrossingOptions;
  #gathered: ThreadRequest[] = [];
  /** What was too much for a batch, by connection. */
  readonly #crowd = new FairQueue<ThreadRequest>();
  #unanswered = 0;
  /** The number of the last message that was taken, or is known to be lost. */
  #received = 0;
  /** One that was taken too early: it comes behind the results that are in the mailbox, or may yet come. */
  #early: Posted | undefined;
  #scheduled = false;

  constructor(options: CrossingOptions) {
    this.#options = options;
    options.port.on('message', (message: Posted) => this.turn(() => this.#receive(message)));
  }

  /** Does a piece of the thread's work, and then crosses with what it has asked. */
  turn(work: () => void): void {
    const { pulse, shared } = this.#options;
    pulse.begin();
    work();
    if (this.#asking) {
      // The check phase comes behind the poll phase in which all sockets of this turn are read.
      if (shared()) this.#schedule();
      else this.#cross();
    }
    pulse.end();
  }

  /** Within a turn. */
  ask(request: ThreadRequest): void {
    this.#gathered.push(request);
  }

  get #asking(): boolean {
    return this.#gathered.length > 0 || this.#crowd.size > 0;
  }

  #nextBatch(): readonly ThreadRequest[] {
    const gathered = this.#gathered;
    this.#gathered = [];
    if (this.#crowd.size === 0 && gathered.length <= MOST_AT_ONCE) return gathered;
    for (const request of gathered) this.#crowd.add(String(request.connection), request);
    const batch: ThreadRequest[] = [];
    while (this.#crowd.size > 0 && batch.length < MOST_AT_ONCE) batch.push(this.#crowd.take()!);
    return batch;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#crossLater);
  }

  readonly #crossLater = (): void => {
    const { pulse } = this.#options;
    this.#scheduled = false;
    pulse.begin();
    if (this.#asking) this.#cross();
    pulse.end();
  };

  #cross(): void {
    if (this.#unanswered === MOST_UNANSWERED) return;
    const { port, mailbox, bell, place } = this.#options;
    const requests = this.#nextBatch();
    const first = this.#unanswered === 0;
    this.#unanswered++;
    if (first && mailbox.ask(requests)) bell.ring(place);
    else port.postMessage({ kind: 'batch', requests } satisfies Batch);
    if (first) this.#wait();
    // What the answers have led to: other sockets come first.
    if (this.#asking) this.#schedule();
  }

  #wait(): void {
    this.#waitForAnswer();
    const early = this.#early;
    this.#early = undefined;
    if (early) this.#receive(early);
  }

  /** Until the batch is answered, or the thread has left it. */
  #waitForAnswer(): void {
    const { mailbox, pulse, answer, shared } = this.#options;
    for (;;) {
      const { woken } = mailbox;
      // In this order: when it is not answered now, those messages were posted before it will be.
      const posted = mailbox.postedCount;
      const { answered } = mailbox;
      this.#takeUpTo(answered ? mailbox.messagesBefore : posted);
      if (answered) {
        this.#unanswered--;
        mailbox.results(answer);
      }
      if (this.#unanswered === 0) return;
      const somethingCame = mailbox.sleep(pulse, woken, shared() ? PATIENCE_MS : undefined);
      if (!somethingCame && mailbox.leave()) return;
    }
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
    if (message.completes) this.#unanswered--;
    for (const result of message.results) this.#options.answer(result);
  }
}
