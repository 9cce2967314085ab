import { Fault } from './fault.ts';
import { Flow, type InboxAsk, type Message } from './flow.ts';

/** Who owns a mailbox or writes to one. */
export interface Person {
  readonly username: string;
  /** The full name. */
  readonly nama: string;
}

/**
 * A reply need not carry more than so many messages, or UTF-16 units of texts and full names, each message counting some more: the rest
 * comes with the next. The next message would have been too much, and may be as long as a request.
 */
const MOST_MESSAGES = 1000;
const MOST_UNITS = 128 * 1024;
const UNITS_OF_MESSAGE = 40;
const LONGEST = 64 * 1024 + 1024;

/** Everything that was sent to one account. */
export class Mailbox {
  readonly #owner: Person;
  /** By the sender's username. */
  readonly #flows = new Map<string, { readonly sender: Person; readonly flow: Flow }>();
  readonly #asks = new Set<InboxAsk>();
  #shown = 0;
  /** The senders, in the order in which replies list them. */
  #listed: readonly string[] = [];

  constructor(owner: Person) {
    this.#owner = owner;
  }

  /** How many messages all replies together have shown. */
  get shown(): number {
    return this.#shown;
  }

  get flows(): Flow[] {
    return [...this.#flows.values()].map(({ flow }) => flow);
  }

  flow(sender: Person): Flow {
    const known = this.#flows.get(sender.username) ?? { sender, flow: new Flow() };
    this.#flows.set(sender.username, known);
    return known.flow;
  }

  ask(ask: InboxAsk): void {
    this.#asks.add(ask);
  }

  /** The connection that asked is gone, so there will be no reply that anyone sees. */
  forget(ask: InboxAsk): void {
    this.#asks.delete(ask);
  }

  /**
   * Checks an inbox reply: by sender's username, `[msg_from, msg_to, msg]` each. Returns the messages in it.
   *
   * @throws Fault
   */
  show(ask: InboxAsk, lists: ReadonlyMap<string, readonly (readonly string[])[]>, now: number): Set<Message> {
    const before = new Map(ask.carried.upTo);
    const shown = new Set<Message>();
    let units = 0;
    for (const [username, list] of lists) {
      const known = this.#flows.get(username);
      if (!known) throw new Fault(`lists ${JSON.stringify(username)}, who never wrote`);
      for (const [from, to, text] of list) {
        if (from !== known.sender.nama || to !== this.#owner.nama) throw new Fault('names the wrong people');
        shown.add(known.flow.show(text!, ask));
        units += text!.length + from!.length + to!.length + UNITS_OF_MESSAGE;
      }
    }
    this.#checkSenders([...lists.keys()], ask);
    if (units < MOST_UNITS - LONGEST && shown.size < MOST_MESSAGES) {
      const elsewhere = [...this.#asks].some((other) => other.carried !== ask.carried && other.overtaken);
      for (const { flow } of this.#flows.values()) {
        flow.checkRest(shown, { before: before.get(flow) ?? 0, asked: ask.at, elsewhere }, now);
      }
    }
    this.#shown += shown.size;
    this.#asks.delete(ask);
    const [oldest] = this.#asks;
    for (const { flow } of this.#flows.values()) flow.forgetRead(oldest?.at ?? now);
    return shown;
  }

  /** Everyone who ever wrote is listed, in an order that never changes. */
  #checkSenders(listed: readonly string[], { at }: InboxAsk): void {
    const known = this.#listed.length;
    // Replies on several connections may come in another order than they were made in.
    const [shorter, longer] = listed.length < known ? [listed, this.#listed] : [this.#listed, listed];
    if (shorter.some((username, place) => longer[place] !== username)) {
      throw new Fault('lists the senders in another order than before');
    }
    this.#listed = longer;
    for (const [username, { flow }] of this.#flows) {
      if (flow.firstAcknowledged < at && !listed.includes(username)) {
        throw new Fault(`does not list ${JSON.stringify(username)}, who wrote`);
      }
    }
  }
}
