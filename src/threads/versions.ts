const PRESENCE = 0;
const FIRST = 1;
/** Two accounts that share a word only make each other's connections ask more often than they need. */
const ACCOUNTS = 4096;

/** Of what a reply was made. */
export interface Version {
  readonly account: number;
  readonly accountVersion: number;
  readonly presenceVersion: number;
}

/**
 * Tells threads, in memory that all share, whether what they were once answered still holds. Main counts up the version of
 * an account when a message has come for it or a session of it has ended, and that of presence when who is online changes.
 *
 * - Main reads the version before it makes a reply, and counts up behind a change, before anybody is told of that change.
 *   So a reply that does not show the change has an older version than whoever knows of the change can find here.
 * - A thread that finds the version unchanged answers as main would have answered at that moment.
 */
export class Versions {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory = new SharedArrayBuffer((FIRST + ACCOUNTS) * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** `account`: its id. */
  accountChanged(account: number): void {
    Atomics.add(this.#words, wordOf(account), 1);
  }

  presenceChanged(): void {
    Atomics.add(this.#words, PRESENCE, 1);
  }

  of(account: number): Version {
    return {
      account,
      accountVersion: Atomics.load(this.#words, wordOf(account)),
      presenceVersion: Atomics.load(this.#words, PRESENCE),
    };
  }

  isCurrent({ account, accountVersion, presenceVersion }: Version): boolean {
    return (
      Atomics.load(this.#words, wordOf(account)) === accountVersion &&
      Atomics.load(this.#words, PRESENCE) === presenceVersion
    );
  }
}

const wordOf = (account: number): number => FIRST + (account % ACCOUNTS);
