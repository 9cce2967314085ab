/** What a load run found wrong, by kind; all zero on a correct server. */
export interface Verdict {
  readonly sent: number;
  readonly received: number;
  /** Acknowledged and never received. */
  readonly lost: number;
  /** Received again where that must not happen: on the same connection, or by an account that one connection polls. */
  readonly doubled: number;
  /** Received behind a later message of the same sender. */
  readonly disordered: number;
  /** Received though nobody sent it. */
  readonly invented: number;
}

interface Flow {
  issued: number;
  readonly acknowledged: Set<number>;
  readonly received: Set<number>;
}

/**
 * Checks what the server does with messages, from the clients' side alone: every message that was
 * acknowledged is received, once, and in order per sender.
 *
 * A text is `benang-load RUN SENDER NUMBER`; numbers count up from 1 for each sending connection and recipient.
 * Where several connections poll one account, each may be shown a message that the other has not confirmed.
 */
export class Ledger {
  readonly #run: string;
  readonly #usernames: readonly string[];
  /** Those that more than one connection uses. */
  readonly #shared: ReadonlySet<string>;
  readonly #flows = new Map<string, Flow>();
  /** By receiving connection and flow, the last number seen. */
  readonly #seen = new Map<string, number>();
  #sent = 0;
  #received = 0;
  #doubled = 0;
  #disordered = 0;
  #invented = 0;

  /** `usernames`: who each connection is; some may be the same. */
  constructor(run: string, usernames: readonly string[]) {
    this.#run = run;
    this.#usernames = usernames;
    this.#shared = new Set(usernames.filter((name, index) => usernames.indexOf(name) !== index));
  }

  /** The next text from a connection to a user, and what to call when the server has acknowledged it. */
  issue(sender: number, recipient: string): { text: string; acknowledged: () => void } {
    const key = `${sender} ${recipient}`;
    let flow = this.#flows.get(key);
    if (!flow) {
      flow = { issued: 0, acknowledged: new Set(), received: new Set() };
      this.#flows.set(key, flow);
    }
    const { acknowledged } = flow;
    const number = ++flow.issued;
    return {
      text: `benang-load ${this.#run} ${sender} ${number}`,
      acknowledged: () => {
        this.#sent++;
        acknowledged.add(number);
      },
    };
  }

  /** Takes note of a text that came `from` a user to `username` on the receiving connection. Texts of other programs are ignored. */
  receive(receiver: number, username: string, from: string, text: string): void {
    const [program, run, sender, written] = text.split(' ');
    if (program !== 'benang-load' || run !== this.#run) return;
    const key = `${sender} ${username}`;
    const flow = this.#flows.get(key);
    const number = Number(written);
    if (!flow || this.#usernames[Number(sender)] !== from || !(number >= 1 && number <= flow.issued)) {
      this.#invented++;
      return;
    }
    const view = `${receiver} ${key}`;
    const last = this.#seen.get(view) ?? 0;
    if (number === last) this.#doubled++;
    else if (number < last) this.#disordered++;
    else this.#seen.set(view, number);
    if (!flow.received.has(number)) this.#received++;
    else if (number > last && !this.#shared.has(username)) this.#doubled++;
    flow.received.add(number);
  }

  verdict(): Verdict {
    let lost = 0;
    for (const { acknowledged, received } of this.#flows.values()) {
      for (const number of acknowledged) if (!received.has(number)) lost++;
    }
    return {
      sent: this.#sent,
      received: this.#received,
      lost,
      doubled: this.#doubled,
      disordered: this.#disordered,
      invented: this.#invented,
    };
  }
}
