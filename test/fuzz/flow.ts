import { Fault } from './fault.ts';

/** A message that was sent, from the moment when its request was written. */
export interface Message {
  readonly text: string;
  /** Counts up within its flow. */
  readonly number: number;
  /** When its OK came; Infinity until then. */
  acknowledged: number;
  /** A client has it. */
  received: boolean;
  /** Something was written behind a reply that may have carried it, which the server may take for a proof of receipt. */
  mayBeRead: boolean;
  /** From when on it is certainly marked as read; Infinity until then. */
  read: number;
}

/** What one inbox request may be answered with. */
export interface InboxAsk {
  /** When it was asked. */
  readonly at: number;
  /** What earlier replies on its connection carried: by flow the last number, and the strays. */
  readonly carried: { readonly upTo: Map<Flow, number>; readonly strays: Set<Message> };
  /** Something was written behind it before its reply came, so the server may take that reply as received already. */
  readonly overtaken: boolean;
}

/** The messages of one sender to one recipient, in the order in which they were written. No two have the same text. */
export class Flow {
  /** Those that may still be shown. */
  readonly #messages = new Map<string, Message>();
  /** Those whose connection was given up before their OK came: each may be stored or not, also behind later ones. */
  readonly #strays = new Map<string, Message>();
  #posted = 0;
  #firstAcknowledged = Number.POSITIVE_INFINITY;

  /** When the first OK came; Infinity until then. */
  get firstAcknowledged(): number {
    return this.#firstAcknowledged;
  }

  post(text: string): Message {
    const message = {
      text,
      number: ++this.#posted,
      acknowledged: Number.POSITIVE_INFINITY,
      received: false,
      mayBeRead: false,
      read: Number.POSITIVE_INFINITY,
    };
    if (this.#messages.has(text) || this.#strays.has(text)) {
      throw new Error(`the same text was sent twice: ${excerpt(text)}`);
    }
    this.#messages.set(text, message);
    return message;
  }

  acknowledge(message: Message, now: number): void {
    message.acknowledged = now;
    this.#firstAcknowledged = Math.min(this.#firstAcknowledged, now);
  }

  /** The message's connection is gone without its OK. */
  giveUp(message: Message): void {
    if (message.received) return;
    this.#messages.delete(message.text);
    this.#strays.set(message.text, message);
  }

  /** Takes note that a reply carries this text. */
  show(text: string, { at, carried }: InboxAsk): Message {
    const message = this.#messages.get(text) ?? this.#strays.get(text);
    if (!message) throw new Fault(`shows a text that was not sent or was long read: ${excerpt(text)}`);
    if (message.read < at) throw new Fault(`shows a message again that had been read: ${excerpt(text)}`);
    const stray = this.#strays.has(text);
    if (stray ? carried.strays.has(message) : message.number <= (carried.upTo.get(this) ?? 0)) {
      throw new Fault(`shows a message twice on one connection, or out of order: ${excerpt(text)}`);
    }
    if (stray) carried.strays.add(message);
    else carried.upTo.set(this, message.number);
    message.received = true;
    return message;
  }

  /**
   * A reply has shown `shown` and, of this flow, nothing else; `before` is what earlier replies had carried of it.
   * `elsewhere`: a reply on its way to another connection may carry the rest, and be taken as received already.
   */
  checkRest(
    shown: ReadonlySet<Message>,
    { before, asked, elsewhere }: { before: number; asked: number; elsewhere: boolean },
    now: number,
  ): void {
    for (const message of this.#messages.values()) {
      const expected = message.number > before && message.acknowledged < asked;
      if (!expected || shown.has(message) || message.read <= now) continue;
      if (!message.mayBeRead && !elsewhere) {
        throw new Fault(`lacks a message that was acknowledged and is unread: ${excerpt(message.text)}`);
      }
      message.read = now;
    }
  }

  /** Whatever a reply that was never seen may have carried. */
  blur(): void {
    for (const message of this.#messages.values()) message.mayBeRead = true;
  }

  /** Forgets what no reply to a request made at `oldest` or later may show. */
  forgetRead(oldest: number): void {
    for (const message of this.#messages.values()) {
      if (message.read < oldest && message.received) this.#messages.delete(message.text);
    }
  }

  /** The acknowledged messages that no client ever got. */
  unseen(): Message[] {
    return [...this.#messages.values()].filter(
      ({ acknowledged, received }) => acknowledged < Number.POSITIVE_INFINITY && !received,
    );
  }
}

const excerpt = (text: string): string =>
  text.length > 80 ? `${JSON.stringify(text.slice(0, 80))}… (${text.length} units)` : JSON.stringify(text);
