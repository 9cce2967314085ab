import { encodeEvent } from '../protocol/event.ts';
import type { ConversationStore, Missed } from '../store/conversations.ts';
import { eventOf } from './render.ts';

export interface ListenerOptions {
  readonly store: Pick<ConversationStore, 'missed' | 'delivered'>;
  /** Gives events to the connection, for its thread to write. */
  readonly push: (text: string) => void;
  /** Bytes of events that may be on their way to the client, who has not taken them. */
  readonly mostUntaken: number;
  /** Called when it listens no more by itself. */
  readonly ended: () => void;
}

/**
 * One connection that listens. It knows up to which number its client has been given all that is for the account: first it reads
 * what has happened since from the store, piece by piece as the client takes it, and when there is no more it is told what happens.
 * Both follow one another without a gap or an overlap, because the store says where it has come to in the order in which it tells
 * (see ConversationStore.missed).
 *
 * A client that takes events more slowly than they come is told so and listens no more: it can go on from there.
 */
export class Listener {
  /** By id. */
  readonly account: number;
  readonly #options: ListenerOptions;
  #upTo: number;
  #begun = false;
  #interrupted = false;
  #live = false;
  #reading = false;
  #ended = false;
  #given = 0;
  #taken = 0;

  /** Nothing is given before `begin`. */
  constructor(account: number, since: number, options: ListenerOptions) {
    this.account = account;
    this.#upTo = since;
    this.#options = options;
  }

  /** Call it behind the reply that says that it listens. */
  begin(): void {
    this.#begun = true;
    if (this.#interrupted && !this.#ended) this.#drop();
    else void this.#catchUp();
  }

  /** Its client hears no more of it: it listens with another one, or is gone. */
  end(): void {
    this.#ended = true;
  }

  /** Whether it is told what happens. */
  get live(): boolean {
    return this.#live && !this.#ended;
  }

  /** Something has happened that has this number. */
  tell(number: number, text: string): void {
    if (!this.#live || this.#ended) return;
    if (this.#untaken > this.#options.mostUntaken) return this.#drop();
    this.#give(text);
    this.#arrived(number);
  }

  /** Something has happened that has this number and is hidden from the client: as far as anybody else can tell it has been told. */
  pass(number: number): void {
    if (this.#live && !this.#ended && this.#untaken <= this.#options.mostUntaken) this.#arrived(number);
  }

  /** Something of which only those hear who can at the moment. */
  tellInPassing(text: string): void {
    if (!this.#live || this.#ended || this.#untaken > this.#options.mostUntaken) return;
    this.#give(text);
  }

  /** The client has taken so many bytes more. */
  took(bytes: number): void {
    this.#taken += bytes;
    void this.#catchUp();
  }

  /** Tells the client that it must ask again, from where it is; once it has been told that it listens, or it would not know of what. */
  interrupt(): void {
    this.#interrupted = true;
    if (this.#begun && !this.#ended) this.#drop();
  }

  get #untaken(): number {
    return this.#given - this.#taken;
  }

  async #catchUp(): Promise<void> {
    const { store, mostUntaken } = this.#options;
    while (this.#begun && !this.#live && !this.#reading && !this.#ended && this.#untaken <= mostUntaken / 2) {
      this.#reading = true;
      try {
        await store.missed(this.account, this.#upTo, (missed) => this.#giveMissed(missed));
      } catch {
        this.interrupt();
      } finally {
        this.#reading = false;
      }
    }
  }

  #giveMissed({ kept, complete, upTo }: Missed): void {
    if (this.#ended) return;
    if (kept.length > 0) this.#give(kept.map((one) => encodeEvent(eventOf(one))).join(''));
    this.#live = complete;
    this.#arrived(upTo);
  }

  #give(text: string): void {
    this.#given += text.length;
    this.#options.push(text);
  }

  #arrived(number: number): void {
    this.#upTo = number;
    this.#options.store.delivered(this.account, number);
  }

  #drop(): void {
    this.#ended = true;
    this.#give(encodeEvent({ event: 'dropped', since: this.#upTo }));
    this.#options.ended();
  }
}
