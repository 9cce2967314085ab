import { encodeEvent } from '../protocol/event.ts';
import type { Steps } from '../steps.ts';
import type { Happening } from '../store/conversations.ts';
import type { Listener } from './listener.ts';
import { eventOf } from './render.ts';
import { Tellings } from './tellings.ts';

/** Who listens, and what they are told. Each event is encoded once, for all who hear of it; many hear of it in several steps (see Tellings). */
export class Hub {
  /** By account id; none is empty. */
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #tellings: Tellings;

  constructor(steps: Pick<Steps, 'begin'> = { begin: () => {} }) {
    this.#tellings = new Tellings(steps);
  }

  /** Whether anybody listens. */
  get attended(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: Listener): void {
    const { account } = listener;
    const others = this.#listeners.get(account);
    if (others) others.add(listener);
    else this.#listeners.set(account, new Set([listener]));
  }

  remove(listener: Listener): void {
    const { account } = listener;
    const others = this.#listeners.get(account);
    others?.delete(listener);
    if (others?.size === 0) this.#listeners.delete(account);
  }

  /** Whether somebody is still to be told of something that has happened. */
  get behind(): boolean {
    return this.#tellings.behind;
  }

  /** Tells one listener now what it would be told soon: before it gets a reply, or ends. */
  hurry(listener: Listener): void {
    this.#tellings.hurry(listener);
  }

  /** Tells of something as soon as it is stored, in the order in which it happened. */
  happened(happening: Happening): void {
    if (!this.attended) return;
    if (happening.kind === 'read') return this.#tellSenders(happening);
    const { id, sender, to, hidden } = happening;
    const hearing = new Map<Listener, string>();
    let text: string | undefined = hidden ? '' : undefined;
    for (const listener of this.#audience(happening)) {
      if (!listener.live || (!hidden && listener.account === sender && to !== sender)) continue;
      text ??= encodeEvent(eventOf(happening));
      hearing.set(listener, text);
    }
    this.#tellings.tell(hearing, (listener, text) => {
      if (hidden) listener.pass(id);
      else listener.tell(id, text);
    });
  }

  /** Tells everyone who can hear it at the moment. */
  tellAll(text: string): void {
    const hearing = new Map<Listener, string>();
    for (const listener of this.#all()) if (listener.live) hearing.set(listener, text);
    this.#tellings.tell(hearing, (listener, text) => listener.tellInPassing(text));
  }

  /** Makes all listeners ask again for what they may have missed. */
  interruptAll(): void {
    const all = new Map([...this.#all()].map((listener) => [listener, undefined]));
    this.#tellings.tell(all, (listener) => listener.interrupt());
  }

  *#all(): Generator<Listener> {
    for (const listeners of this.#listeners.values()) yield* listeners;
  }

  *#audience({ to, message }: Exclude<Happening, { kind: 'read' }>): Generator<Listener> {
    if (typeof to === 'number') {
      yield* this.#of(to);
      return;
    }
    // Who joined behind a message does not see it, nor what becomes of it.
    const sees = (account: number): boolean => (to.get(account) ?? Number.POSITIVE_INFINITY) < message.id;
    const few = to.size < this.#listeners.size ? to.keys() : this.#listeners.keys();
    for (const account of few) if (sees(account)) yield* this.#of(account);
  }

  *#of(account: number): Generator<Listener> {
    const listeners = this.#listeners.get(account);
    if (listeners) yield* listeners;
  }

  #tellSenders({ by, at, senders }: Extract<Happening, { kind: 'read' }>): void {
    const hearing = new Map<Listener, string>();
    for (const [sender, upTo] of senders) {
      let text: string | undefined;
      for (const listener of this.#of(sender)) {
        if (!listener.live) continue;
        text ??= encodeEvent({ event: 'read', by, upto: upTo, read_at: at });
        hearing.set(listener, text);
      }
    }
    this.#tellings.tell(hearing, (listener, text) => listener.tellInPassing(text));
  }
}
