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

/** Where each is among the slots. */
export const slotOf = Object.fromEntries(counterNames.map((name, slot) => [name, slot])) as Record<
  CounterName,
  number
>;

/**
 * A thread's counters, in memory shared with main. The thread alone writes them, so plain loads and stores do: BigInts with
 * Atomics, the other way to count beyond 32 bits, allocate, and cost a cold thread more than reading the request.
 */
export class Counters {
  readonly memory: SharedArrayBuffer;
  /** For the thread alone. */
  readonly slots: Float64Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(counterNames.length * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.slots = new Float64Array(memory);
  }

  /** For the thread alone. */
  add(name: CounterName, amount: number): void {
    this.slots[slotOf[name]]! += amount;
  }

  read(): CounterValues {
    return Object.fromEntries(counterNames.map((name, slot) => [name, this.slots[slot]])) as CounterValues;
  }
}
