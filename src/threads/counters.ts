/** What a thread counts; each has a slot of its own in shared memory. `queue` goes down again: requests read and not yet answered. */
export const counterNames = [
  'connections',
  'requests',
  'replies',
  'errors',
  'bytesIn',
  'bytesOut',
  'queue',
] as const;

export type CounterName = (typeof counterNames)[number];
export type CounterValues = Readonly<Record<CounterName, number>>;

/** Several threads' counters together. */
export function sumOf(all: readonly CounterValues[]): CounterValues {
  const sum = (name: CounterName): number => all.reduce((total, values) => total + values[name], 0);
  return Object.fromEntries(counterNames.map((name) => [name, sum(name)])) as CounterValues;
}

const slotOf = Object.fromEntries(counterNames.map((name, slot) => [name, slot])) as Record<
  CounterName,
  number
>;
const SLOT_BYTES = BigInt64Array.BYTES_PER_ELEMENT;
const WAKE_OFFSET = counterNames.length * SLOT_BYTES;

/**
 * A thread's shared memory: its counters, and the word on which it waits for the main thread. The thread
 * writes the counters, anyone reads them while it runs, and everyone goes through Atomics.
 */
export class Counters {
  readonly memory: SharedArrayBuffer;
  /** Counts the messages that main has posted; a waiting thread sleeps on it (see crossing.ts). */
  readonly wake: Int32Array<SharedArrayBuffer>;
  readonly #slots: BigInt64Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(WAKE_OFFSET + SLOT_BYTES)) {
    this.memory = memory;
    this.#slots = new BigInt64Array(memory, 0, counterNames.length);
    this.wake = new Int32Array(memory, WAKE_OFFSET, 1);
  }

  add(name: CounterName, amount: number): void {
    Atomics.add(this.#slots, slotOf[name], BigInt(amount));
  }

  read(): CounterValues {
    const entries = counterNames.map((name) => [name, Number(Atomics.load(this.#slots, slotOf[name]))]);
    return Object.fromEntries(entries) as CounterValues;
  }
}
