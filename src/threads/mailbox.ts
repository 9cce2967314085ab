import type { Result, Standing, ThreadRequest } from './messages.ts';
import type { Pulse } from './pulse.ts';

const WAKE = 0;
const POSTED = 1;
const STATE = 2;
const BATCH_BYTES = 3;
const RESULTS = 4;
/** How many messages had been posted when the batch was answered. */
const BEHIND = 5;
const WORDS = 6;

/**
 * Of the mailbox: empty → asked (the thread) → taken (main) → answered (main) → empty (the thread), or taken → empty when the thread
 * leaves. Both may leave 'taken', in one step each, so one of them is first and the other sees that.
 */
const [EMPTY, ASKED, TAKEN, ANSWERED] = [0, 1, 2, 3];

/** What one batch's requests or replies may take; larger ones are posted. */
const TEXT_BYTES = 16 * 1024;
const MOST_RESULTS = 64;
const FIELDS = 9;

const RESULTS_AT = WORDS * Int32Array.BYTES_PER_ELEMENT;
const ASKED_AT = RESULTS_AT + MOST_RESULTS * FIELDS * Float64Array.BYTES_PER_ELEMENT;
const REPLIES_AT = ASKED_AT + TEXT_BYTES;

const DELIVERS = 1;
const ENDED = 2;

/**
 * A thread's share of memory through which small batches and their results cross, one batch at a time. Each of its parts has one
 * writer at any time: the thread writes requests, main answers them and then wakes it. Neither copies objects nor wakes the other's
 * event loop, which is what posting a message costs.
 *
 * The thread sleeps on the word `wake`, which main counts up behind everything that it does for it. The thread reads that
 * word first and looks for what has been done second, and sleeps only while `wake` is what it read; so no wake-up is lost.
 */
export class Mailbox {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #results: Float64Array<SharedArrayBuffer>;
  readonly #asked: Buffer<SharedArrayBuffer>;
  readonly #replies: Buffer<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer(REPLIES_AT + TEXT_BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#results = new Float64Array(memory, RESULTS_AT, MOST_RESULTS * FIELDS);
    this.#asked = Buffer.from(memory, ASKED_AT, TEXT_BYTES);
    this.#replies = Buffer.from(memory, REPLIES_AT, TEXT_BYTES);
  }

  /** For the thread, when it is empty: puts a batch where main takes it; false when it is too long. */
  ask(requests: readonly ThreadRequest[]): boolean {
    const text = JSON.stringify(requests);
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (text.length * 3 > TEXT_BYTES && Buffer.byteLength(text) > TEXT_BYTES) return false;
    this.#words[BATCH_BYTES] = this.#asked.write(text, 'utf8');
    Atomics.store(this.#words, STATE, ASKED);
    return true;
  }

  /** For main: takes the batch, once the thread has rung. */
  asked(): readonly ThreadRequest[] {
    const requests = JSON.parse(this.#asked.toString('utf8', 0, this.#words[BATCH_BYTES]));
    Atomics.store(this.#words, STATE, TAKEN);
    return requests;
  }

  /**
   * For main: puts the results of the batch that it has taken where the thread takes them, and wakes it; false when they are too
   * long, when the thread has left, and when the batch did not come through here.
   */
  answer(results: readonly Result[]): boolean {
    if (Atomics.load(this.#words, STATE) !== TAKEN || results.length > MOST_RESULTS) return false;
    let end = 0;
    for (const { text } of results) end += text.length;
    if (end > TEXT_BYTES) return false;
    let at = 0;
    let field = 0;
    for (const { connection, text, replies, errors, delivers, ended, standing } of results) {
      this.#results[field] = connection;
      this.#results[field + 1] = text.length;
      this.#results[field + 2] = replies;
      this.#results[field + 3] = errors;
      this.#results[field + 4] = (delivers ? DELIVERS : 0) | (ended ? ENDED : 0);
      this.#results[field + 5] = standing?.lent ?? 0;
      this.#results[field + 6] = standing?.account ?? 0;
      this.#results[field + 7] = standing?.accountVersion ?? 0;
      this.#results[field + 8] = standing?.presenceVersion ?? 0;
      this.#replies.write(text, at, 'latin1');
      at += text.length;
      field += FIELDS;
    }
    this.#words[RESULTS] = results.length;
    this.#words[BEHIND] = Atomics.load(this.#words, POSTED);
    // Until here the thread may leave; then nobody reads what was written.
    if (Atomics.compareExchange(this.#words, STATE, TAKEN, ANSWERED) !== TAKEN) return false;
    this.wake();
    return true;
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

  /** For the thread: whether the batch has been answered here. */
  get answered(): boolean {
    return Atomics.load(this.#words, STATE) === ANSWERED;
  }

  /** For the thread: how many messages have been posted, which is the last one's number. */
  get postedCount(): number {
    return Atomics.load(this.#words, POSTED);
  }

  /** For the thread: how many messages come before the results that are here. */
  get messagesBefore(): number {
    return this.#words[BEHIND]!;
  }

  /** For the thread: sleeps until main has done something since `woken`; false when that takes longer than `patience` milliseconds. */
  sleep(pulse: Pulse, woken: number, patience?: number): boolean {
    return pulse.wait(this.#words, WAKE, woken, patience);
  }

  /**
   * For the thread: waits for no results here any more. False when main has not taken the batch yet, which a message could overtake
   * then, and when main has just answered it.
   */
  leave(): boolean {
    const state = Atomics.compareExchange(this.#words, STATE, TAKEN, EMPTY);
    return state === TAKEN || state === EMPTY;
  }

  #standingAt(field: number): { standing: Standing } | undefined {
    const lent = this.#results[field]!;
    if (lent === 0) return undefined;
    const [account, accountVersion, presenceVersion] = this.#results.subarray(
      field + 1,
      field + 4,
    ) as unknown as [number, number, number];
    return { standing: { lent, account, accountVersion, presenceVersion } };
  }

  /** For the thread: takes the results and hands them to `take`, one by one, before anything else is asked. */
  results(take: (result: Result) => void): void {
    const count = this.#words[RESULTS]!;
    // All of them first: what is done with one may lead to the next batch.
    const results: Result[] = [];
    let at = 0;
    for (let field = 0; field < count * FIELDS; field += FIELDS) {
      const end = at + this.#results[field + 1]!;
      const flags = this.#results[field + 4]!;
      results.push({
        connection: this.#results[field]!,
        text: this.#replies.toString('latin1', at, end),
        replies: this.#results[field + 2]!,
        errors: this.#results[field + 3]!,
        delivers: (flags & DELIVERS) !== 0,
        ended: (flags & ENDED) !== 0,
        ...this.#standingAt(field + 5),
      });
      at = end;
    }
    Atomics.store(this.#words, STATE, EMPTY);
    for (const result of results) take(result);
  }
}
