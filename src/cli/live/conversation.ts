import type { Chat } from '../../client/chat.ts';
import type { ChatEvent } from '../../client/event-queue.ts';
import type { Message } from '../../client/replies.ts';

type MessageEvent = Extract<ChatEvent, { readonly event: 'message' }>;

/** What a conversation is fetched with. */
export type Asked = Pick<Chat, 'history' | 'chats'>;

/** So many messages are shown when a conversation is opened, and more until all that are unread are among them. */
const SHOWN_AT_FIRST = 20;
const MOST_LISTED = 200;
/** So much is fetched at a time at the most; what is unread before that is shown when it is asked for. */
const MOST_SHOWN = 1000;
const MOST_PAGES = 10;
/**
 * What the server has counted up to here is all there is. It ends counting later: of groups one by one at twice as many, where one's own
 * messages take places too, and sooner when there is much in all of them.
 */
const surely = (isGroup: boolean, inAll: number): number => {
  if (!isGroup) return inAll < 1000 ? inAll : -1;
  return inAll < 2500 ? 500 : 9;
};

export interface Opened {
  /** The last messages, oldest first. */
  readonly messages: readonly Message[];
  /** What has come meanwhile, to be shown behind them. */
  readonly held: readonly MessageEvent[];
  readonly unread: number;
}

/**
 * The conversation that someone is in: what comes there is shown, and what is shown is read. The last messages are shown first; what
 * comes while they are fetched is held back, and shown behind them unless it is among them.
 *
 * All that is older than what one has read counts as read too, so nothing is read until all that is unread is shown.
 */
export class Conversation {
  /** A username or `#group`. */
  readonly with: string;
  readonly #me: string;
  readonly #chat: Pick<Chat, 'ack'>;
  /** Told when all that was shown is read. */
  readonly #onRead: () => void;
  /** Undefined once the conversation is open. */
  #held: MessageEvent[] | undefined = [];
  #shownUpTo = 0;
  #lastShown = 0;
  #readUpTo = 0;
  #acknowledging = false;
  /** The last message that was sent here and has not been seen read by the other. */
  #unreadOwn: number | undefined;
  /** The oldest message that is shown; undefined when there is none before it. */
  #oldest: number | undefined;
  /** How many are unread of those that are not shown. */
  #older = 0;

  constructor(other: string, me: string, chat: Pick<Chat, 'ack'>, onRead: () => void) {
    this.with = other;
    this.#me = me;
    this.#chat = chat;
    this.#onRead = onRead;
  }

  /** Resolves to the last messages. `show` what was held back, behind them, and say then that it is `shown`. */
  async open(chat: Asked): Promise<Opened> {
    const last = await chat.history(this.with, { limit: SHOWN_AT_FIRST });
    // Behind them, so that it counts at least what is unread of them and before them.
    const chats = await chat.chats();
    const unread = chats[this.with]?.unread ?? 0;
    const isGroup = this.with.startsWith('#');
    let inAll = 0;
    for (const [name, entry] of Object.entries(chats)) {
      if (name.startsWith('#') === isGroup) inAll += entry.unread;
    }
    this.#older = unread <= surely(isGroup, inAll) ? unread : Number.POSITIVE_INFINITY;
    this.#oldest = last[0]?.id;
    this.#saw(last);
    const messages = [...(await this.#before(chat, last.length)), ...last];
    this.#shownUpTo = messages.at(-1)?.id ?? 0;
    const held = this.#held!.filter(({ id }) => id > this.#shownUpTo);
    this.#held = undefined;
    this.#lastShown = held.at(-1)?.id ?? this.#shownUpTo;
    const own = messages.findLast(({ from }) => from === this.#me);
    if (own?.read_at === null) this.#unreadOwn = own.id;
    return { messages, held, unread };
  }

  /** How many messages are unread and were not shown: before all that are shown. Infinity: nobody knows. */
  get older(): number {
    return this.#older;
  }

  /** Resolves to the messages before those that are shown. Say then that they are `shown`. */
  showOlder(chat: Asked): Promise<readonly Message[]> {
    return this.#before(chat, 0);
  }

  /** What it was opened with, or what was older, has been shown. */
  shown(): void {
    this.#read(this.#lastShown);
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
    this.#lastShown = event.id;
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

  /** Goes back until all that is unread is there, or it is enough for now. A reply has fewer messages than it was asked for when they are long. */
  async #before(chat: Asked, shown: number): Promise<Message[]> {
    const messages: Message[] = [];
    for (let page = 0; this.#older > 0 && page < MOST_PAGES; page += 1) {
      const count = shown + messages.length;
      if (count >= MOST_SHOWN) break;
      const wanted = Number.isFinite(this.#older) ? this.#older : count;
      const limit = Math.min(Math.max(wanted, SHOWN_AT_FIRST), MOST_LISTED);
      const found =
        this.#oldest === undefined ? [] : await chat.history(this.with, { before: this.#oldest, limit });
      this.#oldest = found[0]?.id;
      this.#saw(found);
      messages.unshift(...found);
    }
    return messages;
  }

  #saw(messages: readonly Message[]): void {
    // One that is deleted counts as read, whatever was before it.
    const theirs = messages.filter(
      ({ from, deleted_at: deleted }) => deleted === null && (from !== this.#me || this.with === this.#me),
    );
    const unread = theirs.filter(({ read_at: read }) => read === null);
    // Whoever has read one has read all before it.
    const all = messages.length === 0 || unread.length < theirs.length;
    this.#older = all ? 0 : Math.max(0, this.#older - unread.length);
  }

  #read(upTo: number): void {
    if (this.#older > 0) return;
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
