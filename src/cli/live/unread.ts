import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatEntry } from '../../client/replies.ts';

/** Where much is said the server is asked again only after so long. */
const PAUSE_MS = 250;

/** How many messages are unread in which conversation, as the server counts them. */
export class Unread {
  readonly #ask: () => Promise<Readonly<Record<string, ChatEntry>>>;
  readonly #changed: () => void;
  #counts = new Map<string, number>();
  #asking = false;
  #again = false;

  constructor(ask: () => Promise<Readonly<Record<string, ChatEntry>>>, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  in(conversation: string): number {
    return this.#counts.get(conversation) ?? 0;
  }

  /** Of all conversations but one. */
  beside(conversation: string | undefined): number {
    let sum = 0;
    for (const [other, count] of this.#counts) if (other !== conversation) sum += count;
    return sum;
  }

  /** All of it has been read. */
  forget(conversation: string): void {
    if (this.#counts.delete(conversation)) this.#changed();
    // The answer under way may be from before.
    this.#again = this.#asking;
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Asks the server, and once more when there was a reason to while it was asked. */
  async refresh(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    do {
      this.#again = false;
      const chats = await this.#ask().catch(() => undefined);
      if (chats) {
        this.#counts = new Map(Object.entries(chats).map(([name, { unread }]) => [name, unread]));
        this.#changed();
      }
      if (this.#again) await sleep(PAUSE_MS, undefined, { ref: false });
    } while (this.#again);
    this.#asking = false;
  }
}
