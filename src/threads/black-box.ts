/** What a thread writes into its black box. */
export const blackBoxEvents = [
  'opened',
  'read bytes',
  'asked',
  'asked in vain',
  'wrote bytes',
  'repeated',
  'told',
  'spoke another protocol',
  'client closed',
  'broke off',
  'closed',
  'drill',
] as const;
export type BlackBoxEvent = (typeof blackBoxEvents)[number];

const numberOf = Object.fromEntries(blackBoxEvents.map((event, number) => [event, number])) as Record<
  BlackBoxEvent,
  number
>;

const { 'read bytes': READ_BYTES, asked: ASKED, 'asked in vain': ASKED_IN_VAIN } = numberOf;

export interface BlackBoxEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: BlackBoxEvent;
  readonly connection: number;
  /** How many bytes, replies, or which command (its place in the list of commands). */
  readonly detail: number;
}

const ENTRIES = 256;
const FIELDS = 4;

/**
 * The last things that a thread did, in memory that outlives it. Holds numbers only, so no text and no secret
 * can get into it. The thread writes, and main reads when the thread has ended.
 */
export class BlackBox {
  readonly memory: SharedArrayBuffer;
  readonly #count: Int32Array<SharedArrayBuffer>;
  readonly #ring: Float64Array<SharedArrayBuffer>;
  #written = 0;

  constructor(memory = new SharedArrayBuffer(8 + ENTRIES * FIELDS * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#count = new Int32Array(memory, 0, 1);
    this.#ring = new Float64Array(memory, 8);
  }

  write(event: BlackBoxEvent, connection: number, detail = 0): void {
    const ring = this.#ring;
    const place = (this.#written % ENTRIES) * FIELDS;
    ring[place] = Date.now();
    ring[place + 1] = numberOf[event];
    ring[place + 2] = connection;
    ring[place + 3] = detail;
    this.#count[0] = ++this.#written;
  }

  /** A request came alone in a chunk of so many bytes: two entries. `command`: its number; undefined when it asks in vain. */
  readOne(connection: number, bytes: number, command: number | undefined): void {
    const ring = this.#ring;
    const now = Date.now();
    let place = (this.#written++ % ENTRIES) * FIELDS;
    ring[place] = now;
    ring[place + 1] = READ_BYTES;
    ring[place + 2] = connection;
    ring[place + 3] = bytes;
    place = (this.#written++ % ENTRIES) * FIELDS;
    ring[place] = now;
    ring[place + 1] = command === undefined ? ASKED_IN_VAIN : ASKED;
    ring[place + 2] = connection;
    ring[place + 3] = command ?? 0;
    this.#count[0] = this.#written;
  }

  /** Oldest first. */
  read(): BlackBoxEntry[] {
    const count = this.#count[0]!;
    const first = Math.max(0, count - ENTRIES);
    return Array.from({ length: count - first }, (_, index) => {
      const place = ((first + index) % ENTRIES) * FIELDS;
      return {
        at: this.#ring[place]!,
        event: blackBoxEvents[this.#ring[place + 1]!]!,
        connection: this.#ring[place + 2]!,
        detail: this.#ring[place + 3]!,
      };
    });
  }
}
