import { randomUUID } from 'node:crypto';
import type { Chat } from '../../client/chat.ts';
import { ProtocolError, RefusedError } from '../../client/client.ts';

/** A line on its way to the server. Whatever happens on that way, its key keeps it from being stored twice. */
export interface OutboxLine {
  /** A username or `#group`. */
  readonly to: string;
  readonly text: string;
  readonly key: string;
}

type PostingChat = Pick<Chat, 'post' | 'connected'>;

export interface OutboxListener {
  stored(line: OutboxLine, id: number): void;
  refused(line: OutboxLine, reason: RefusedError): void;
  /** The server has the line, and has not stored it for a while. */
  slow(line: OutboxLine): void;
}

const SLOW_MS = 3000;

/**
 * What was typed and is not known to be stored, in the order of typing. A line leaves it when it is stored or refused for good, and only
 * then the next is sent; whatever may pass is waited for in the chat's `post`.
 */
export class Outbox {
  readonly #listener: OutboxListener;
  readonly #lines: OutboxLine[] = [];
  #chat: PostingChat | undefined;
  /** The line that was handed to a connection last. */
  #tried: OutboxLine | undefined;
  #posting = false;
  #emptied = Promise.withResolvers<void>();

  constructor(listener: OutboxListener) {
    this.#listener = listener;
  }

  get lines(): readonly OutboxLine[] {
    return this.#lines;
  }

  /** Sends over this chat from now on; what waits goes first. */
  use(chat: PostingChat | undefined): void {
    this.#chat = chat;
    void this.#post();
  }

  /** The first line may be stored already: it was sent, and nobody knows what has become of it. */
  get perhapsStored(): OutboxLine | undefined {
    return this.#tried === this.#lines[0] ? this.#tried : undefined;
  }

  /** The connection is there again: what is being posted is sent. */
  connected(): void {
    if (this.#posting) this.#tried = this.#lines[0];
    else void this.#post();
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
      if (chat.connected) this.#tried = line;
      const slow = setTimeout(() => {
        if (chat.connected && this.#lines[0] === line) this.#listener.slow(line);
      }, SLOW_MS).unref();
      const outcome = await chat.post(line.to, line.text, { key: line.key }).catch((error: unknown) => error);
      clearTimeout(slow);
      // Cleared meanwhile.
      if (this.#lines[0] !== line) continue;
      if (typeof outcome === 'number' || outcome instanceof RefusedError) this.#lines.shift();
      if (typeof outcome === 'number') this.#listener.stored(line, outcome);
      else if (outcome instanceof RefusedError) this.#listener.refused(line, outcome);
      // A broken server, which is left: the line waits for the next connection.
      else if (outcome instanceof ProtocolError) break;
      // The chat has ended, and the line waits for another.
      else if (this.#chat === chat) this.#chat = undefined;
    }
    this.#posting = false;
    this.#emptied.resolve();
    this.#emptied = Promise.withResolvers();
  }
}
