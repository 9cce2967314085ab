import type { Answer, Result, ThreadRequest } from './messages.ts';
import type { Pulse } from './pulse.ts';
import { Slot, type SlotSize } from './slot.ts';

/*
 * The words. The first three: what the thread sleeps on, how many messages main has posted, and how many batches it has answered in
 * their slots. Then for each slot: its state; how many requests or results are in it; and of an answer how many messages had been
 * posted before, and its number among all answers.
 */
const WAKE = 0;
const POSTED = 1;
const ANSWERS = 2;
const FIRST_SLOT = 4;
const STATE = 0;
const COUNT = 1;
const BEHIND = 2;
const ANSWER = 3;
const SLOT_WORDS = 4;

/** empty → asked (the thread) → taken (main) → answered (main) → empty (the thread), or taken → empty when the answer came as a message. */
const EMPTY = 0;
const ASKED = 1;
const TAKEN = 2;
const ANSWERED = 3;

export interface MailboxShape {
  /** Batches that main may have at once. */
  readonly slots: number;
  readonly size: SlotSize;
}

/** What a thread has asked, and where its results go. */
export interface Batch {
  readonly slot: Slot;
  readonly requests: readonly ThreadRequest[];
}

const KiB = 1024;

/** Of a thread that may come to have `connections`, whose requests have `maxRequest` bytes at the most: each fits. */
export function mailboxShape(connections: number, maxRequest: number): MailboxShape {
  return connections > 1
    ? { slots: 3, size: { fields: 4096, text: Math.max(64 * KiB, maxRequest) } }
    : { slots: 1, size: { fields: 1024, text: Math.max(16 * KiB, maxRequest) } };
}

/**
 * A thread's share of memory: slots through which batches and their results cross, which are used in turn.
 *
 * The thread sleeps on the word `wake`, which main counts up behind everything that it does for it. The thread reads that
 * word first and looks for what has been done second, and sleeps only while `wake` is what it read; so no wake-up is lost.
 */
export class Mailbox {
  readonly shape: MailboxShape;
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #slots: readonly Slot[];
  /** For the thread the slot of the next batch; for main the slot that will be asked next. */
  #next = 0;

  constructor(shape: MailboxShape, memory = new SharedArrayBuffer(bytesOf(shape))) {
    this.shape = shape;
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, wordsOf(shape));
    const start = this.#words.byteLength;
    this.#slots = Array.from(
      { length: shape.slots },
      (_, index) => new Slot(memory, start + index * Slot.bytes(shape.size), shape.size, index),
    );
  }

  /** For the thread: where the next batch is gathered; undefined while no slot is empty. */
  get open(): Slot | undefined {
    return this.#words[FIRST_SLOT + this.#next * SLOT_WORDS + STATE] === EMPTY
      ? this.#slots[this.#next]
      : undefined;
  }

  /** For the thread: the batch in the open slot is asked. */
  ask(): void {
    const words = this.#words;
    const at = FIRST_SLOT + this.#next * SLOT_WORDS;
    words[at + COUNT] = this.#slots[this.#next]!.close();
    Atomics.store(words, at + STATE, ASKED);
    this.#next = (this.#next + 1) % this.#slots.length;
  }

  /** For main: takes the next batch that has been asked; undefined when there is none. */
  take(): Batch | undefined {
    const words = this.#words;
    const at = FIRST_SLOT + this.#next * SLOT_WORDS;
    if (Atomics.load(words, at + STATE) !== ASKED) return undefined;
    const slot = this.#slots[this.#next]!;
    const requests = slot.requests(words[at + COUNT]!);
    Atomics.store(words, at + STATE, TAKEN);
    this.#next = (this.#next + 1) % this.#slots.length;
    return { slot, requests };
  }

  /** For main: answers a slot's batch, and wakes the thread; false when the results are too long. */
  answer(slot: Slot, results: readonly Result[]): boolean {
    if (!slot.putResults(results)) return false;
    const words = this.#words;
    const at = FIRST_SLOT + slot.index * SLOT_WORDS;
    const number = (words[ANSWERS]! + 1) | 0;
    words[at + COUNT] = results.length;
    words[at + BEHIND] = Atomics.load(words, POSTED);
    words[at + ANSWER] = number;
    Atomics.store(words, at + STATE, ANSWERED);
    Atomics.store(words, ANSWERS, number);
    this.wake();
    return true;
  }

  /** For the thread: of the slots that are answered the one that was answered first. */
  get firstAnswered(): Slot | undefined {
    const words = this.#words;
    // One that is answered behind this is left for the next look, for one that was answered before it may have been looked at already.
    const last = Atomics.load(words, ANSWERS);
    let first: Slot | undefined;
    let number = 0;
    for (let index = 0; index < this.#slots.length; index++) {
      const at = FIRST_SLOT + index * SLOT_WORDS;
      if (Atomics.load(words, at + STATE) !== ANSWERED) continue;
      const its = words[at + ANSWER]!;
      if (((its - last) | 0) > 0 || (first !== undefined && ((its - number) | 0) > 0)) continue;
      first = this.#slots[index];
      number = its;
    }
    return first;
  }

  /** For the thread: how many messages come before the results of an answered slot. */
  messagesBefore(slot: Slot): number {
    return this.#words[FIRST_SLOT + slot.index * SLOT_WORDS + BEHIND]!;
  }

  /** For the thread: hands the results of an answered slot to `take`, one by one; then it is empty. Their bytes are good until `take` returns. */
  results(slot: Slot, take: (answer: Answer) => void): void {
    const at = FIRST_SLOT + slot.index * SLOT_WORDS;
    slot.results(this.#words[at + COUNT]!, take);
    Atomics.store(this.#words, at + STATE, EMPTY);
  }

  /** For the thread: a slot's batch was answered by a message. */
  free(slot: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot * SLOT_WORDS + STATE, EMPTY);
  }

  /** For main: the number of the next message, which it crosses with. */
  get nextNumber(): number {
    return (Atomics.load(this.#words, POSTED) + 1) | 0;
  }

  /** For main: the message of that number has been posted. */
  posted(): void {
    Atomics.add(this.#words, POSTED, 1);
    this.wake();
  }

  wake(): void {
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }

  /** For the thread: what to hand to `sleep`. */
  get woken(): number {
    return Atomics.load(this.#words, WAKE);
  }

  /** For the thread: how many messages have been posted, which is the last one's number. */
  get postedCount(): number {
    return Atomics.load(this.#words, POSTED);
  }

  /** For the thread: sleeps until main has done something since `woken`; false when that takes longer than `patience` milliseconds. */
  sleep(pulse: Pulse, woken: number, patience?: number): boolean {
    return pulse.wait(this.#words, WAKE, woken, patience);
  }
}

/** An even number, so that what follows begins at a multiple of eight bytes. */
const wordsOf = ({ slots }: MailboxShape): number => FIRST_SLOT + slots * SLOT_WORDS;

const bytesOf = (shape: MailboxShape): number =>
  wordsOf(shape) * Int32Array.BYTES_PER_ELEMENT + shape.slots * Slot.bytes(shape.size);
