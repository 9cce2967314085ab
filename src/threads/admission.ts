import { isLoopback, networkOf } from '../address.ts';
import { refusals } from '../protocol/reply.ts';

export interface AdmissionLimits {
  /** How many connections there may be at once. */
  readonly maxConnections: number;
  /** How many from one address; undefined: as many as `ORDINARY_PER_ADDRESS`, and from this machine itself any number. */
  readonly maxPerAddress: number | undefined;
  /** To how many at once a thread takes the time to say why they are refused. */
  readonly maxRefused: number;
}

/** A large class may sit behind one router. */
const ORDINARY_PER_ADDRESS = 1000;
/** `inPassing`: so many are being refused that this one must be gone at once. */
export interface Refusal {
  readonly refusal: string;
  readonly inPassing: boolean;
}

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

  /** Decides on a new connection: it is admitted, or refused with this message. */
  admit(connection: number, address: string): 'admitted' | Refusal {
    const network = networkOf(address);
    const open = this.#byAddress.get(network) ?? 0;
    const { maxConnections, maxPerAddress, maxRefused } = this.#limits;
    const most = maxPerAddress ?? (isLoopback(address) ? Number.POSITIVE_INFINITY : ORDINARY_PER_ADDRESS);
    const refusal =
      open >= most ? refusals.addressFull : this.#admitted.size >= maxConnections ? refusals.full : undefined;
    if (refusal === undefined) {
      this.#admitted.set(connection, network);
      this.#byAddress.set(network, open + 1);
      return 'admitted';
    }
    const inPassing = this.#refused.size >= maxRefused;
    if (!inPassing) this.#refused.add(connection);
    return { refusal, inPassing };
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
