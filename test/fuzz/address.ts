/** Failed logins that the server forgives: for one account, and for all accounts from one address. */
const FREE_FOR_ACCOUNT = 5;
const FREE_FOR_ADDRESS = 50;

/** Only Linux has the whole of 127.0.0.0/8; elsewhere all connections share an address. */
const HAS_MANY = process.platform === 'linux';

/**
 * Where a connection comes from. The server slows down an address that guesses passwords, so each connection has one of
 * its own: what one of them does wrong holds up none of the others.
 */
export class Address {
  readonly host: string;
  #failures = 0;
  readonly #failuresFor = new Map<string, number>();

  /** The address number `number`, counted from 0; they repeat after some millions. */
  constructor(number: number) {
    const [high, middle, low] = [(number >> 16) % 254, (number >> 8) & 255, number & 255];
    this.host = HAS_MANY ? `127.${high + 1}.${middle}.${low}` : '127.0.0.1';
  }

  /** Whether a login may be answered with a wait, after the failed ones so far. */
  mayBeSlowedDown(username: string): boolean {
    const forAccount = this.#failuresFor.get(username) ?? 0;
    return !HAS_MANY || this.#failures >= FREE_FOR_ADDRESS || forAccount >= FREE_FOR_ACCOUNT;
  }

  /** A login has been asked that fails. */
  failed(username: string): void {
    this.#failures++;
    this.#failuresFor.set(username, (this.#failuresFor.get(username) ?? 0) + 1);
  }
}
