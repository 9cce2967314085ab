import type { BlackBox, BlackBoxEvent } from './black-box.ts';
import { type Counters, slotOf } from './counters.ts';
import type { Closed } from './messages.ts';

const {
  requests: REQUESTS,
  replies: REPLIES,
  errors: ERRORS,
  bytesIn: BYTES_IN,
  bytesOut: BYTES_OUT,
  queue: QUEUE,
} = slotOf;

type Counted = Pick<Closed, 'requests' | 'errors' | 'bytesIn' | 'bytesOut'>;

/**
 * What one connection does, in figures: in its thread's counters and black box, and for itself. One call for each thing that
 * happens, because in a thread that has just begun each call costs.
 */
export class Statistics {
  readonly #connection: number;
  readonly #counters: Counters;
  readonly #blackBox: BlackBox;
  #requests = 0;
  #errors = 0;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(connection: number, counters: Counters, blackBox: BlackBox) {
    this.#connection = connection;
    this.#counters = counters;
    this.#blackBox = blackBox;
  }

  get counted(): Counted {
    return {
      requests: this.#requests,
      errors: this.#errors,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }

  note(event: BlackBoxEvent, detail?: number): void {
    this.#blackBox.write(event, this.#connection, detail);
  }

  opened(): void {
    this.#counters.add('connections', 1);
    this.note('opened');
  }

  /** A chunk came, and completed so many requests. */
  read(bytes: number, requests: number): void {
    this.#bytesIn += bytes;
    this.#requests += requests;
    this.#counters.add('bytesIn', bytes);
    this.#counters.add('requests', requests);
    this.#counters.add('queue', requests);
    this.note('read bytes', bytes);
  }

  /** A chunk came that is just one request, of the command with that number, or in vain. */
  readOne(bytes: number, command: number | undefined): void {
    const { slots } = this.#counters;
    this.#bytesIn += bytes;
    this.#requests++;
    slots[BYTES_IN]! += bytes;
    slots[REQUESTS]! += 1;
    slots[QUEUE]! += 1;
    this.#blackBox.readOne(this.#connection, bytes, command);
  }

  /** So many requests will not be answered. */
  settled(requests: number): void {
    this.#counters.add('queue', -requests);
  }

  /** So many requests were answered, with replies of so many bytes. */
  answered(replies: number, errors: number, bytes: number): void {
    const { slots } = this.#counters;
    this.#errors += errors;
    this.#bytesOut += bytes;
    slots[QUEUE]! -= replies;
    slots[REPLIES]! += replies;
    slots[ERRORS]! += errors;
    slots[BYTES_OUT]! += bytes;
    this.#blackBox.write('wrote bytes', this.#connection, bytes);
  }

  /** So many bytes of events were written. */
  told(bytes: number): void {
    this.#bytesOut += bytes;
    this.#counters.add('bytesOut', bytes);
    this.note('told', bytes);
  }

  /** A request of so many bytes, which came alone, was answered again with so many as it came. */
  repeated(bytesIn: number, bytesOut: number): void {
    this.#requests++;
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
    const { slots } = this.#counters;
    slots[REQUESTS]! += 1;
    slots[REPLIES]! += 1;
    slots[BYTES_IN]! += bytesIn;
    slots[BYTES_OUT]! += bytesOut;
    this.note('repeated', bytesOut);
  }
}
