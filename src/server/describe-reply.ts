import { Encoded, encodeJson, type Json } from '../protocol/json.ts';
import type { Reply } from '../protocol/reply.ts';

const MASK = '***';
const MAX_LENGTH = 500;

/** A reply for the log: without tokens, without message texts unless `showsTexts`, and cut when it is long. `bytes`: its length. */
export function describeReply(reply: Reply, showsTexts: boolean, bytes: number): string {
  const masking = new Masking(showsTexts);
  const shown = encodeJson(masking.masked(reply) as Json);
  if (shown.length <= MAX_LENGTH && !masking.cut) return shown;
  return `${shown.slice(0, MAX_LENGTH)}… (${bytes} bytes)`;
}

/** Copies a reply, but for what will not be shown: a reply may be thousands of times as long as what is. */
class Masking {
  readonly #showsTexts: boolean;
  #room = MAX_LENGTH;
  cut = false;

  constructor(showsTexts: boolean) {
    this.#showsTexts = showsTexts;
  }

  masked(value: Json): Json {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Encoded) return this.#beyond();
    if (Array.isArray(value)) return [...this.#some(value, (item) => this.masked(item))];
    const entries: Iterable<[string, Json]> = value instanceof Map ? value : Object.entries(value);
    const masked = this.#some(entries, ([key, item]): [string, Json] => [
      this.#text(key) as string,
      key === 'tokenid' || (key === 'msg' && !this.#showsTexts) ? MASK : this.masked(item),
    ]);
    return new Map([...masked]);
  }

  /** There may be anything in it. */
  #beyond(): Json {
    this.cut = true;
    return '…';
  }

  *#some<T, U>(items: Iterable<T>, mask: (item: T) => U): Generator<U> {
    for (const item of items) {
      if (this.#room <= 0) {
        this.cut = true;
        return;
      }
      this.#room--;
      yield mask(item);
    }
  }

  #text(text: string): Json {
    if (text.length > MAX_LENGTH) this.cut = true;
    this.#room -= text.length;
    return text.slice(0, MAX_LENGTH);
  }
}
