import { readRequest } from '../commands/index.ts';
import type { Answer, Asked, ConnectionEnd, Result, Standing, ThreadRequest } from './messages.ts';

/** How much a slot holds: one batch's requests, or their results. */
export interface SlotSize {
  /** Numbers: some for each request and result. */
  readonly fields: number;
  /** Bytes of the requests' lines, or of the replies. */
  readonly text: number;
}

/** Of a request, before its cuts: connection, received, repeated, what is asked, how many bytes its text has, how many units, how many cuts. */
const REQUEST_FIELDS = 7;
const RESULT_FIELDS = 9;

/** How a request is asked whose line is refused, where else a command's number stands; its text is the message. */
export const REFUSAL = -1;
const ENDS: readonly ConnectionEnd[] = ['clean', 'lost', 'cut', 'gone'];
const FIRST_END = -2;

const DELIVERS = 1;
const ENDED = 2;

/**
 * Memory that a thread and main share, through which one batch and its results cross. It has one writer at any time: the thread
 * writes requests, and main, when it has taken them, their results in the same place (see Mailbox). Neither copies objects nor
 * wakes the other's event loop, which is what posting a message costs.
 */
export class Slot {
  /** Its place among the thread's slots. */
  readonly index: number;
  readonly #fields: Float64Array<SharedArrayBuffer>;
  readonly #text: Buffer<SharedArrayBuffer>;
  /** For the thread, while it is filled: how many requests there are, and how much they take. */
  count = 0;
  #fieldsEnd = 0;
  #textEnd = 0;

  /** `at`: a multiple of eight. */
  constructor(memory: SharedArrayBuffer, at: number, size: SlotSize, index: number) {
    this.index = index;
    this.#fields = new Float64Array(memory, at, size.fields);
    this.#text = Buffer.from(memory, at + this.#fields.byteLength, size.text);
  }

  /** Bytes, a multiple of eight. */
  static bytes({ fields, text }: SlotSize): number {
    return fields * Float64Array.BYTES_PER_ELEMENT + 8 * Math.ceil(text / 8);
  }

  /** For the thread: adds a request to the batch; false when there is no room for it. */
  put(asked: Asked): boolean {
    const { text, cuts } = asked;
    const fields = this.#fields;
    const at = this.#fieldsEnd;
    const end = at + REQUEST_FIELDS + cuts.length;
    if (end > fields.length) return false;
    const room = this.#text.length - this.#textEnd;
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (text.length * 3 > room && Buffer.byteLength(text) > room) return false;
    const bytes = text.length === 0 ? 0 : this.#text.utf8Write(text, this.#textEnd, room);
    fields[at] = asked.connection;
    fields[at + 1] = asked.received;
    fields[at + 2] = asked.repeated;
    fields[at + 3] = asked.what;
    fields[at + 4] = bytes;
    fields[at + 5] = text.length;
    fields[at + 6] = cuts.length;
    for (let index = 0; index < cuts.length; index++) fields[at + REQUEST_FIELDS + index] = cuts[index]!;
    this.#fieldsEnd = end;
    this.#textEnd += bytes;
    this.count++;
    return true;
  }

  /** For the thread: the batch is complete. Returns how many requests it holds. */
  close(): number {
    const { count } = this;
    this.count = 0;
    this.#fieldsEnd = 0;
    this.#textEnd = 0;
    return count;
  }

  /** For main: the first `count` requests. */
  requests(count: number): ThreadRequest[] {
    const requests: ThreadRequest[] = [];
    const fields = this.#fields;
    let at = 0;
    let start = 0;
    for (let left = count; left > 0; left--) {
      const what = fields[at + 3]!;
      const end = start + fields[at + 4]!;
      const cutsAt = at + REQUEST_FIELDS;
      const isAscii = end - start === fields[at + 5];
      const text = isAscii ? this.#text.latin1Slice(start, end) : this.#text.utf8Slice(start, end);
      const asked =
        what >= 0
          ? readRequest(text, what, fields, cutsAt)
          : what === REFUSAL
            ? { refusal: text }
            : { end: ENDS[FIRST_END - what]! };
      requests.push({ connection: fields[at]!, received: fields[at + 1]!, repeated: fields[at + 2]!, asked });
      at = cutsAt + fields[at + 6]!;
      start = end;
    }
    return requests;
  }

  /** For main: puts results here; false when they are too long. */
  putResults(results: readonly Result[]): boolean {
    const fields = this.#fields;
    if (results.length * RESULT_FIELDS > fields.length) return false;
    let end = 0;
    for (const { text } of results) end += text.length;
    if (end > this.#text.length) return false;
    let at = 0;
    let start = 0;
    for (const { connection, text, replies, errors, delivers, ended, standing } of results) {
      fields[at] = connection;
      fields[at + 1] = text.length;
      fields[at + 2] = replies;
      fields[at + 3] = errors;
      fields[at + 4] = (delivers ? DELIVERS : 0) | (ended ? ENDED : 0);
      fields[at + 5] = standing?.lent ?? 0;
      fields[at + 6] = standing?.account ?? 0;
      fields[at + 7] = standing?.accountVersion ?? 0;
      fields[at + 8] = standing?.presenceVersion ?? 0;
      this.#text.latin1Write(text, start, text.length);
      start += text.length;
      at += RESULT_FIELDS;
    }
    return true;
  }

  /** For the thread: hands the first `count` results to `take`, one by one. Their bytes are good until that returns. */
  results(count: number, take: (answer: Answer) => void): void {
    const fields = this.#fields;
    let from = 0;
    for (let at = 0; at < count * RESULT_FIELDS; at += RESULT_FIELDS) {
      const to = from + fields[at + 1]!;
      const flags = fields[at + 4]!;
      take({
        connection: fields[at]!,
        bytes: this.#text,
        from,
        to,
        replies: fields[at + 2]!,
        errors: fields[at + 3]!,
        delivers: (flags & DELIVERS) !== 0,
        ended: (flags & ENDED) !== 0,
        standing: fields[at + 5] === 0 ? undefined : this.#standingAt(at + 5),
      });
      from = to;
    }
  }

  #standingAt(at: number): Standing {
    const [lent, account, accountVersion, presenceVersion] = this.#fields.subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { lent, account, accountVersion, presenceVersion };
  }
}

/** How the end of a connection is asked, which has no text. */
export const asEnd = (end: ConnectionEnd): number => FIRST_END - ENDS.indexOf(end);
