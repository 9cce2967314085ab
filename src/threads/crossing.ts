import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Batch, ThreadRequest, ToThread } from './messages.ts';
import type { Pulse } from './pulse.ts';

/**
 * The thread's side of the crossing. What one turn of the event loop asks is gathered, posted to the main
 * thread as one batch, and waited for: the thread sleeps until main has answered.
 *
 * Main posts a message first and counts up `wake` second. The thread reads `wake` first and the port
 * second, and sleeps only while `wake` is what it read. So a message posted in between is either found on the
 * port or has changed `wake`, and no wake-up is lost.
 */
export class Crossing {
  readonly #port: MessagePort;
  readonly #wake: Int32Array<SharedArrayBuffer>;
  readonly #pulse: Pulse;
  readonly #receive: (message: ToThread) => void;
  #gathered: ThreadRequest[] = [];
  #batches = 0;

  /** `receive` gets every message of main, in order, whether it comes while the thread waits or later. */
  constructor(
    port: MessagePort,
    wake: Int32Array<SharedArrayBuffer>,
    pulse: Pulse,
    receive: (message: ToThread) => void,
  ) {
    this.#port = port;
    this.#wake = wake;
    this.#pulse = pulse;
    this.#receive = receive;
    port.on('message', (message: ToThread) => pulse.turn(() => receive(message)));
  }

  ask(request: ThreadRequest): void {
    // The check phase comes behind the poll phase in which all sockets of this turn are read.
    if (this.#gathered.length === 0) setImmediate(() => this.#pulse.turn(() => this.#cross()));
    this.#gathered.push(request);
  }

  #cross(): void {
    const batch: Batch = { kind: 'batch', batch: ++this.#batches, requests: this.#gathered };
    this.#gathered = [];
    this.#port.postMessage(batch);
    for (;;) {
      const seen = Atomics.load(this.#wake, 0);
      const next = receiveMessageOnPort(this.#port) as { message: ToThread } | undefined;
      if (!next) {
        this.#pulse.wait(() => Atomics.wait(this.#wake, 0, seen));
        continue;
      }
      this.#receive(next.message);
      if (next.message.kind === 'results' && next.message.batch === batch.batch) return;
    }
  }
}
