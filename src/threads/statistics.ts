import type { BlackBox, BlackBoxEvent } from './black-box.ts';
import type { Counters } from './counters.ts';
import type { Closed, Result } from './messages.ts';

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

  /** So many requests are answered, or will not be. */
  settled(requests: number): void {
    this.#counters.add('queue', -requests);
  }

  /** Replies were written, `text` their bytes. */
  wrote({ text, replies, errors }: Pick<Result, 'text' | 'replies' | 'errors'>): void {
    this.#errors += errors;
    this.#bytesOut += text.length;
    this.#counters.add('replies', replies);
    this.#counters.add('errors', errors);
    this.#counters.add('bytesOut', text.length);
    this.note('wrote bytes', text.length);
  }

  /** So many bytes of events were written. */
  told(bytes: number): void {
    this.#bytesOut += bytes;
    this.#counters.add('bytesOut', bytes);
    this.note('told', bytes);
  }

  /** A request of so many bytes was answered again with so many as it came. */
  repeated(bytesIn: number, bytesOut: number): void {
    this.#requests++;
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
    this.#counters.repeated(bytesIn, bytesOut);
    this.note('repeated', bytesOut);
  }
}
