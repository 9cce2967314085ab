import { encodeEvent } from '../protocol/event.ts';
import type { Steps } from '../steps.ts';
import type { Happening } from '../store/conversations.ts';
import type { Listener } from './listener.ts';
import { eventOf } from './render.ts';
import { Tellings } from './tellings.ts';

const NONE: readonly never[] = [];

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
    const hearing: Listener[] = [];
    for (const listener of this.#audience(happening)) {
      if (listener.live && (hidden || listener.account !== sender || to === sender)) hearing.push(listener);
    }
    if (hearing.length === 0) return;
    if (hidden) return this.#tellings.tellAll(hearing, id, pass);
    const text = encodeEvent(eventOf(happening));
    this.#tellings.tellAll(hearing, text, (listener) => listener.tell(id, text));
  }

  /** Tells everyone who can hear it at the moment. */
  tellAll(text: string): void {
    const hearing = [...this.#all()].filter(({ live }) => live);
    this.#tellings.tellAll(hearing, text, tellInPassing);
  }

  /** Makes all listeners ask again for what they may have missed. */
  interruptAll(): void {
    this.#tellings.tellAll([...this.#all()], undefined, (listener) => listener.interrupt());
  }

  *#all(): Generator<Listener> {
    for (const listeners of this.#listeners.values()) yield* listeners;
  }

  #audience({ to, message }: Exclude<Happening, { kind: 'read' }>): Iterable<Listener> {
    return typeof to === 'number' ? this.#of(to) : this.#members(to, message);
  }

  *#members(to: ReadonlyMap<number, number>, message: { readonly id: number }): Generator<Listener> {
    // Who joined behind a message does not see it, nor what becomes of it.
    const sees = (account: number): boolean => (to.get(account) ?? Number.POSITIVE_INFINITY) < message.id;
    const few = to.size < this.#listeners.size ? to.keys() : this.#listeners.keys();
    for (const account of few) if (sees(account)) yield* this.#of(account);
  }

  #of(account: number): Iterable<Listener> {
    return this.#listeners.get(account) ?? NONE;
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
    this.#tellings.tell(hearing, tellInPassing);
  }
}

const pass = (listener: Listener, id: number): void => listener.pass(id);
const tellInPassing = (listener: Listener, text: string): void => listener.tellInPassing(text);
