import { isLoopback, networkOf } from '../address.ts';
import { refusals } from '../protocol/reply.ts';

export interface AdmissionLimits {
  /** How many connections there may be at once. */
  readonly maxConnections: number;
  /** How many from one address; undefined: as many as `ORDINARY_PER_ADDRESS`, and from this machine itself any number. */
  readonly maxPerAddress: number | undefined;
}

/** A large class may sit behind one router. */
const ORDINARY_PER_ADDRESS = 1000;
/** To so many at once we take the time to say why they are refused; any more are closed without a word. */
const REFUSED_AT_ONCE = 100;

/** Who may connect: counts the connections there are, in all and for each address. */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** By connection, what its address counts as. */
  readonly #admitted = new Map<number, string>();
  readonly #byAddress = new Map<string, number>();
  readonly #refused = new Set<number>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** How many connections there are, those that are being refused included. */
  get connections(): number {
    return this.#admitted.size + this.#refused.size;
  }

  /** Decides on a new connection: it is admitted, or refused with this message, or turned away without one. */
  admit(connection: number, address: string): 'admitted' | 'turned away' | { readonly refusal: string } {
    const network = networkOf(address);
    const open = this.#byAddress.get(network) ?? 0;
    const { maxConnections, maxPerAddress } = this.#limits;
    const most = maxPerAddress ?? (isLoopback(address) ? Number.POSITIVE_INFINITY : ORDINARY_PER_ADDRESS);
    const refusal =
      open >= most ? refusals.addressFull : this.#admitted.size >= maxConnections ? refusals.full : undefined;
    if (refusal === undefined) {
      this.#admitted.set(connection, network);
      this.#byAddress.set(network, open + 1);
      return 'admitted';
    }
    if (this.#refused.size >= REFUSED_AT_ONCE) return 'turned away';
    this.#refused.add(connection);
    return { refusal };
  }

  /** The connection is gone. */
  leave(connection: number): void {
    this.#refused.delete(connection);
    const network = this.#admitted.get(connection);
    if (network === undefined) return;
    this.#admitted.delete(connection);
    const open = this.#byAddress.get(network)! - 1;
    if (open > 0) this.#byAddress.set(network, open);
    else this.#byAddress.delete(network);
  }
}
