import type { ClientEvent, Mark } from './record.ts';

/** What the clients' logs say; everything below `shownAgain` must be zero. */
export interface Findings {
  readonly sent: number;
  readonly acknowledged: number;
  /** Errors instead of an OK. */
  readonly refused: number;
  /** Neither came back; what became of it may be either. */
  readonly unknown: number;
  /** Different messages that were shown to their recipients. */
  readonly delivered: number;
  /** Shown again, as the brief allows while it is not confirmed that the client has them. */
  readonly shownAgain: number;
  /** Acknowledged and never shown. */
  readonly lost: number;
  /** Shown again though the client had confirmed. */
  readonly doubled: number;
  /** Acknowledged ones of one sender, shown in another order, or twice on one connection. */
  readonly disordered: number;
  /** Shown and never sent, or refused. */
  readonly invented: number;
  /** Replies that made no sense. */
  readonly garbled: number;
  /** The first of the faults, for people. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 10;

/** Messages from one sender to one recipient, by number. */
interface Flow {
  readonly issued: Set<number>;
  readonly acknowledged: Set<number>;
  readonly refused: Set<number>;
}

/** Judges from the clients' logs alone. */
export function check(logs: ReadonlyMap<string, readonly ClientEvent[]>): Findings {
  const flows = new Map<string, Flow>();
  const flowOf = (sender: string, recipient: string): Flow => {
    const key = `${sender} ${recipient}`;
    const flow = flows.get(key) ?? { issued: new Set(), acknowledged: new Set(), refused: new Set() };
    flows.set(key, flow);
    return flow;
  };
  const faults = new Faults();
  for (const [sender, events] of logs) {
    for (const event of events) {
      if (event.event === 'issue') flowOf(sender, event.to).issued.add(event.number);
      if (event.event === 'ack') flowOf(sender, event.to).acknowledged.add(event.number);
      if (event.event === 'refuse') flowOf(sender, event.to).refused.add(event.number);
      if (event.event === 'garbled') faults.add('garbled', `${sender}: ${event.what}`);
    }
  }
  let delivered = 0;
  let shownAgain = 0;
  for (const [recipient, events] of logs) {
    const reader = new Reader(recipient, faults, (sender) => flowOf(sender, recipient));
    for (const event of events) reader.take(event);
    delivered += reader.seen.size;
    shownAgain += reader.shownAgain;
    for (const [sender] of logs) {
      for (const number of flowOf(sender, recipient).acknowledged) {
        if (!reader.seen.has(`${sender} ${number}`))
          faults.add('lost', `${sender} to ${recipient}, ${number}`);
      }
    }
  }
  const total = (kind: keyof Flow): number =>
    [...flows.values()].reduce((sum, flow) => sum + flow[kind].size, 0);
  const [sent, acknowledged, refused] = [total('issued'), total('acknowledged'), total('refused')];
  const unknown = sent - acknowledged - refused;
  return {
    sent,
    acknowledged,
    refused,
    unknown,
    delivered,
    shownAgain,
    ...faults.counts,
    examples: faults.examples,
  };
}

/** Whether nothing is wrong. */
export const isFaultless = ({ lost, doubled, disordered, invented, garbled }: Findings): boolean =>
  lost + doubled + disordered + invented + garbled === 0;

class Faults {
  readonly counts = { lost: 0, doubled: 0, disordered: 0, invented: 0, garbled: 0 };
  readonly examples: string[] = [];

  add(kind: keyof Faults['counts'], what: string): void {
    this.counts[kind]++;
    if (this.examples.length < MOST_EXAMPLES) this.examples.push(`${kind}: ${what}`);
  }
}

/** Follows what one recipient is shown. */
class Reader {
  readonly seen = new Set<string>();
  shownAgain = 0;
  readonly #name: string;
  readonly #faults: Faults;
  readonly #flowFrom: (sender: string) => Flow;
  #connection = 0;
  /** By sender, the last acknowledged one shown on this connection, and ever. */
  #lastHere = new Map<string, number>();
  readonly #lastEver = new Map<string, number>();
  #unconfirmed: string[] = [];
  readonly #confirmed = new Set<string>();

  constructor(name: string, faults: Faults, flowFrom: (sender: string) => Flow) {
    this.#name = name;
    this.#faults = faults;
    this.#flowFrom = flowFrom;
  }

  take(event: ClientEvent): void {
    if (event.event !== 'shown' && event.event !== 'confirmed') return;
    if (event.connection !== this.#connection) {
      this.#connection = event.connection;
      this.#lastHere = new Map();
      this.#unconfirmed = [];
    }
    if (event.event === 'confirmed') {
      for (const message of this.#unconfirmed.splice(0)) this.#confirmed.add(message);
    } else for (const mark of event.messages) this.#show(mark, event.weak);
  }

  #show([sender, number]: Mark, weak: boolean): void {
    const message = `${sender} ${number}`;
    const what = `${sender} to ${this.#name}, ${number}`;
    const flow = this.#flowFrom(sender);
    if (!flow.issued.has(number) || flow.refused.has(number)) this.#faults.add('invented', what);
    const again = this.seen.has(message);
    if (this.#confirmed.has(message)) this.#faults.add('doubled', what);
    else if (again) this.shownAgain++;
    this.seen.add(message);
    if (!weak) this.#unconfirmed.push(message);
    // Of one that was not acknowledged nobody knows when the server came to it.
    if (!flow.acknowledged.has(number)) return;
    const here = this.#lastHere.get(sender) ?? 0;
    const ever = this.#lastEver.get(sender) ?? 0;
    if (number <= here || (!again && number < ever)) this.#faults.add('disordered', what);
    this.#lastHere.set(sender, Math.max(here, number));
    this.#lastEver.set(sender, Math.max(ever, number));
  }
}
