import { Ranges } from './ranges.ts';
import { judge, type LedgerPage, polledTwice, type Verdict } from './verdict.ts';

interface Sending {
  issued: number;
  readonly acknowledged: Ranges;
}

/**
 * Takes down what some connections sent and received, so that it can be judged (see verdict.ts) from the clients' side
 * alone: every message that was acknowledged is received, once, and in order per sender. What it keeps grows with the
 * connections that write to each other, not with the messages.
 *
 * A text is `benang-load RUN SENDER NUMBER`; numbers count up from 1 for each sending connection and recipient.
 * Several ledgers of one run, each with connections of its own, are judged together by their pages.
 */
export class Ledger {
  readonly #run: string;
  readonly #usernames: readonly string[];
  /** Those that more than one connection polls: each may be shown a message that the other has not confirmed. */
  readonly #shared: ReadonlySet<string>;
  /** By sending connection and recipient. */
  readonly #sendings = new Map<string, Sending>();
  /** What was received, by sending connection and recipient. */
  readonly #received = new Map<string, Ranges>();
  /** The last number seen, by receiving connection, sending connection and recipient. */
  readonly #last = new Map<string, number>();
  #doubled = 0;
  #disordered = 0;
  #invented = 0;

  /** `usernames`: who each connection of the run is; some may be the same. */
  constructor(run: string, usernames: readonly string[]) {
    this.#run = run;
    this.#usernames = usernames;
    this.#shared = polledTwice(usernames);
  }

  /** The next text from a connection to a user, and what to call when the server has acknowledged it. */
  issue(sender: number, recipient: string): { text: string; acknowledged: () => void } {
    const key = `${sender} ${recipient}`;
    const sending = this.#sendings.getOrInsertComputed(key, () => ({
      issued: 0,
      acknowledged: new Ranges(),
    }));
    const { acknowledged } = sending;
    const number = ++sending.issued;
    return {
      text: `benang-load ${this.#run} ${sender} ${number}`,
      acknowledged: () => acknowledged.add(number),
    };
  }

  /** Takes note of a text that came `from` a user to `username` on the receiving connection. Texts of other programs are ignored. */
  receive(receiver: number, username: string, from: string, text: string): void {
    const [program, run, sender, written] = text.split(' ');
    if (program !== 'benang-load' || run !== this.#run) return;
    const number = Number(written);
    if (this.#usernames[Number(sender)] !== from || !(number >= 1 && Number.isSafeInteger(number))) {
      this.#invented++;
      return;
    }
    const flow = `${sender} ${username}`;
    const received = this.#received.getOrInsertComputed(flow, () => new Ranges());
    const view = `${receiver} ${flow}`;
    const last = this.#last.get(view) ?? 0;
    if (number < last) this.#disordered++;
    else if (number === last || (!this.#shared.has(username) && received.has(number))) this.#doubled++;
    if (number > last) this.#last.set(view, number);
    received.add(number);
  }

  get page(): LedgerPage {
    return {
      sendings: [...this.#sendings].map(([flow, { issued, acknowledged }]) => ({
        flow,
        issued,
        acknowledged: acknowledged.bounds,
      })),
      receipts: [...this.#received].map(([flow, { bounds }]) => ({ flow, received: bounds })),
      doubled: this.#doubled,
      disordered: this.#disordered,
      invented: this.#invented,
    };
  }

  /** When it is the only ledger of its run. */
  verdict(): Verdict {
    return judge(this.#usernames, [this.page]);
  }
}
