import type { Chat } from '../../client/chat.ts';
import type { ChatEvent } from '../../client/event-queue.ts';
import type { Message } from '../../client/replies.ts';

type MessageEvent = Extract<ChatEvent, { readonly event: 'message' }>;

/** So many messages are shown when a conversation is opened, or those that are unread. */
const SHOWN_AT_FIRST = 20;
const MOST_LISTED = 200;

/**
 * The conversation that someone is in: what comes there is shown, and what is shown is read. The last messages are shown first; what
 * comes while they are fetched is held back, and shown behind them unless it is among them.
 */
export class Conversation {
  /** A username or `#group`. */
  readonly with: string;
  readonly #chat: Pick<Chat, 'history' | 'ack'>;
  /** Told when all that was shown is read. */
  readonly #onRead: () => void;
  /** Undefined once the conversation is open. */
  #held: MessageEvent[] | undefined = [];
  #shownUpTo = 0;
  #readUpTo = 0;
  #acknowledging = false;
  /** The last message that was sent here and has not been seen read by the other. */
  #unreadOwn: number | undefined;

  constructor(other: string, chat: Pick<Chat, 'history' | 'ack'>, onRead: () => void) {
    this.with = other;
    this.#chat = chat;
    this.#onRead = onRead;
  }

  /** Resolves to the last messages. `show` what was held back, behind them. */
  async open(
    me: string,
    unread: number,
  ): Promise<{ messages: readonly Message[]; held: readonly MessageEvent[] }> {
    const limit = Math.min(Math.max(SHOWN_AT_FIRST, unread), MOST_LISTED);
    const messages = await this.#chat.history(this.with, { limit });
    this.#shownUpTo = messages.at(-1)?.id ?? 0;
    const held = this.#held!.filter(({ id }) => id > this.#shownUpTo);
    this.#held = undefined;
    const own = messages.findLast(({ from }) => from === me);
    if (own?.read_at === null) this.#unreadOwn = own.id;
    this.#read(held.at(-1)?.id ?? this.#shownUpTo);
    return { messages, held };
  }

  /** What has come and cannot be shown before it is open. */
  get held(): readonly MessageEvent[] {
    return this.#held ?? [];
  }

  /** Whether a message that has come here is to be shown now; it is read then. */
  take(event: MessageEvent): boolean {
    if (this.#held) this.#held.push(event);
    if (this.#held || event.id <= this.#shownUpTo) return false;
    // From here on all is new, also when the server's database is replaced by an older one and numbers come again.
    this.#shownUpTo = 0;
    this.#read(event.id);
    return true;
  }

  sent(id: number): void {
    this.#unreadOwn = id;
  }

  /** The other has read up to a message: whether that is news. */
  wasRead(upTo: number): boolean {
    if (this.#unreadOwn === undefined || upTo < this.#unreadOwn) return false;
    this.#unreadOwn = undefined;
    return true;
  }

  #read(upTo: number): void {
    this.#readUpTo = Math.max(this.#readUpTo, upTo);
    if (!this.#acknowledging) void this.#acknowledge();
  }

  /** One request at a time says for all that has come meanwhile that it is read. */
  async #acknowledge(): Promise<void> {
    this.#acknowledging = true;
    try {
      for (let done = 0; done < this.#readUpTo; ) {
        const upTo = this.#readUpTo;
        await this.#chat.ack(upTo, { with: this.with });
        done = upTo;
      }
      this.#onRead();
    } catch {
      // It stays unread: nothing is lost by that.
    } finally {
      this.#acknowledging = false;
    }
  }
}
