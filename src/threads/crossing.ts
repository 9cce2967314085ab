import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Bell } from './bell.ts';
import type { Mailbox } from './mailbox.ts';
import type { Batch, Result, Results, ThreadRequest, ToThread } from './messages.ts';
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
 * The thread's side of the crossing. What is asked in one turn of the event loop is gathered, goes to the main thread as one
 * batch, and is waited for: the thread sleeps until main has answered.
 *
 * Small batches and their results cross in the mailbox, large ones and everything else as messages. Main notes with the
 * results how many messages it had posted before; the thread takes those first, and later ones later.
 */
export class Crossing {
  readonly #options: CrossingOptions;
  #gathered: ThreadRequest[] = [];
  #batch = 0;
  #answered = 0;
  #received = 0;
  #scheduled = false;

  constructor(options: CrossingOptions) {
    this.#options = options;
    options.port.on('message', (message: ToThread) => this.turn(() => this.#receive(message)));
  }

  /** Does a piece of the thread's work, and then crosses with what it has asked. */
  turn(work: () => void): void {
    const { pulse, shared } = this.#options;
    pulse.begin();
    work();
    if (this.#gathered.length > 0) {
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

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#crossLater);
  }

  readonly #crossLater = (): void => {
    const { pulse } = this.#options;
    this.#scheduled = false;
    pulse.begin();
    if (this.#gathered.length > 0) this.#cross();
    pulse.end();
  };

  #cross(): void {
    const { port, mailbox, bell, place, pulse } = this.#options;
    this.#batch = (this.#batch + 1) | 0;
    const batch: Batch = { kind: 'batch', batch: this.#batch, requests: this.#gathered };
    this.#gathered = [];
    if (mailbox.ask(batch)) bell.ring(place);
    else port.postMessage(batch);
    for (;;) {
      const { woken } = mailbox;
      // In this order: when it is not answered now, those messages were posted before it will be.
      const posted = mailbox.postedCount;
      const answered = mailbox.answered === this.#batch;
      const before = answered ? mailbox.messagesBefore : posted;
      // A message may come before it is counted.
      while (((before - this.#received) | 0) > 0) this.#receive(receiveMessageOnPort(port)!.message);
      if (answered) mailbox.results(this.#options.answer);
      if (answered || this.#answered === this.#batch) break;
      mailbox.sleep(pulse, woken);
    }
    // What the answers have led to: other sockets come first.
    if (this.#gathered.length > 0) this.#schedule();
  }

  #receive(message: ToThread): void {
    this.#received = (this.#received + 1) | 0;
    if (message.kind !== 'results') return this.#options.receive(message);
    for (const result of message.results) this.#options.answer(result);
    if (message.batch !== undefined) this.#answered = message.batch;
  }
}
