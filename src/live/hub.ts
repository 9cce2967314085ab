import { encodeEvent } from '../protocol/event.ts';
import type { Happening } from '../store/conversations.ts';
import type { Listener } from './listener.ts';
import { eventOf } from './render.ts';

/** Who listens, and what they are told. Each event is encoded once, for all who hear of it. */
export class Hub {
  /** By account id; none is empty. */
  readonly #listeners = new Map<number, Set<Listener>>();

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

  /** Tells of something as soon as it is stored, in the order in which it happened. */
  happened(happening: Happening): void {
    if (!this.attended) return;
    if (happening.kind === 'read') return this.#tellSenders(happening);
    const { id, sender, to, hidden } = happening;
    let text: string | undefined;
    for (const listener of this.#audience(happening)) {
      if (hidden) {
        listener.pass(id);
        continue;
      }
      text ??= encodeEvent(eventOf(happening));
      if (listener.account !== sender || to === sender) listener.tell(id, text);
    }
  }

  /** Tells everyone who can hear it at the moment. */
  tellAll(text: string): void {
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) listener.tellInPassing(text);
    }
  }

  /** Makes all listeners ask again for what they may have missed. */
  interruptAll(): void {
    for (const listeners of [...this.#listeners.values()]) {
      for (const listener of [...listeners]) listener.interrupt();
    }
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
    // A copy, for whoever is dropped is taken out meanwhile.
    if (listeners) yield* [...listeners];
  }

  #tellSenders({ by, at, senders }: Extract<Happening, { kind: 'read' }>): void {
    for (const [sender, upTo] of senders) {
      const listeners = this.#listeners.get(sender);
      if (!listeners) continue;
      const text = encodeEvent({ event: 'read', by, upto: upTo, read_at: at });
      for (const listener of listeners) listener.tellInPassing(text);
    }
  }
}
