import { randomUUID } from 'node:crypto';
import type { Chat } from '../../client/chat.ts';
import { RefusedError } from '../../client/client.ts';

/** A line on its way to the server. Whatever happens on that way, its key keeps it from being stored twice. */
export interface OutboxLine {
  /** A username or `#group`. */
  readonly to: string;
  readonly text: string;
  readonly key: string;
}

export interface OutboxListener {
  stored(line: OutboxLine, id: number): void;
  refused(line: OutboxLine, reason: RefusedError): void;
}

/** What was typed and is not known to be stored, in the order of typing: a line leaves it when it is stored or refused, and only then the next is sent. */
export class Outbox {
  readonly #listener: OutboxListener;
  readonly #lines: OutboxLine[] = [];
  #chat: Pick<Chat, 'post'> | undefined;
  #posting = false;
  #emptied = Promise.withResolvers<void>();

  constructor(listener: OutboxListener) {
    this.#listener = listener;
  }

  get lines(): readonly OutboxLine[] {
    return this.#lines;
  }

  /** Sends over this chat from now on; what waits goes first. */
  use(chat: Pick<Chat, 'post'> | undefined): void {
    this.#chat = chat;
    void this.#post();
  }

  add(to: string, text: string): void {
    this.#lines.push({ to, text, key: randomUUID() });
    void this.#post();
  }

  clear(): void {
    this.#lines.length = 0;
  }

  /** Resolves when nothing waits any more. */
  async empty(): Promise<void> {
    while (this.#lines.length > 0) await this.#emptied.promise;
  }

  async #post(): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    while (this.#chat && this.#lines.length > 0) {
      const chat = this.#chat;
      const line = this.#lines[0]!;
      const outcome = await chat.post(line.to, line.text, { key: line.key }).catch((error: unknown) => error);
      // Cleared meanwhile.
      if (this.#lines[0] !== line) continue;
      if (typeof outcome === 'number' || outcome instanceof RefusedError) this.#lines.shift();
      if (typeof outcome === 'number') this.#listener.stored(line, outcome);
      else if (outcome instanceof RefusedError) this.#listener.refused(line, outcome);
      // The chat has ended, and the line waits for another.
      else if (this.#chat === chat) this.#chat = undefined;
    }
    this.#posting = false;
    this.#emptied.resolve();
    this.#emptied = Promise.withResolvers();
  }
}
