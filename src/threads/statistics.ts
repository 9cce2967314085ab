import type { BlackBox, BlackBoxEvent } from './black-box.ts';
import type { Counters } from './counters.ts';
import type { Closed } from './messages.ts';

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
    this.#counters.came(bytes, requests);
    this.note('read bytes', bytes);
  }

  /** A chunk came that is just one request, of the command with that number, or in vain. */
  readOne(bytes: number, command: number | undefined): void {
    this.#bytesIn += bytes;
    this.#requests++;
    this.#counters.came(bytes, 1);
    this.#blackBox.readOne(this.#connection, bytes, command);
  }

  /** So many requests will not be answered. */
  settled(requests: number): void {
    this.#counters.add('queue', -requests);
  }

  /** So many requests were answered, with replies of so many bytes. */
  answered(replies: number, errors: number, bytes: number): void {
    this.#errors += errors;
    this.#bytesOut += bytes;
    this.#counters.answered(replies, errors, bytes);
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
    this.#counters.repeated(bytesIn, bytesOut);
    this.note('repeated', bytesOut);
  }
}
