/**
 * When the requests of an open loop are due, in milliseconds behind its start: each connection asks once in every
 * interval, and the connections are spread evenly over it. It is all arithmetic, so that a backlog takes no memory.
 */
export class Schedule {
  readonly #interval: number;
  readonly #connections: number;

  /** `rate`: requests a second over all connections. */
  constructor(rate: number, connections: number) {
    this.#interval = (connections / rate) * 1000;
    this.#connections = connections;
  }

  /** When a connection's request of a round is due; both count from 0. Ascends with the round, then with the connection. */
  due(connection: number, round: number): number {
    return this.#interval * (round + connection / this.#connections);
  }
}
