import type { Message } from '../conversations.ts';
import { INBOX_UNITS, MESSAGE_UNITS } from '../store.ts';

/** What was found, oldest first. */
export interface SearchResult {
  readonly messages: readonly Message[];
  /** 0, or the number up to which nothing was looked at: the words of those messages cannot be found yet, or there was too much to look at. */
  readonly notSearched: number;
  /** How many pages of words and messages were looked at. */
  readonly pages: number;
  readonly read: number;
}

/** What a search has come to. */
export interface Found {
  /** Newest first. */
  readonly found: readonly Message[];
  /** Of their texts, see MESSAGE_UNITS. */
  readonly units: number;
  /** How many messages were read that have all the terms. */
  readonly read: number;
}

export const NOTHING_FOUND: Found = { found: [], units: 0, read: 0 };

/** What a piece of a search adds to that. */
export class Hits {
  readonly #found: Message[];
  #units: number;
  #read: number;
  /** Of the texts that this piece has read (UTF-16 units). */
  #text = 0;

  constructor({ found, units, read }: Found) {
    this.#found = [...found];
    this.#units = units;
    this.#read = read;
  }

  get found(): Found {
    return { found: this.#found, units: this.#units, read: this.#read };
  }

  get read(): number {
    return this.#read;
  }

  get text(): number {
    return this.#text;
  }

  /** A text of this length was read, of a message that has all the terms. */
  readOne(text: number): void {
    this.#read++;
    this.#text += text;
  }

  /** True when there is no room for more. */
  add(message: Message, limit: number): boolean {
    this.#units += message.text.length + MESSAGE_UNITS;
    if (this.#found.length > 0 && this.#units > INBOX_UNITS) return true;
    this.#found.push(message);
    return this.#found.length === limit;
  }

  result(notSearched: number, pages: number): SearchResult {
    return { messages: this.#found.toReversed(), notSearched, pages, read: this.#read };
  }
}
