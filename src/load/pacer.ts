import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks';
import { Lanes, type Move } from './lanes.ts';
import type { Schedule } from './schedule.ts';

/** What one connection owes: its requests that are due, and how many of them it has made. */
interface Debtor {
  readonly lanes: Lanes;
  /** The round of its first request. */
  readonly first: number;
  owed: number;
  made: number;
}

/**
 * Lets the connections of one thread make their requests when they are due, whether the replies to earlier ones have come or
 * not. What a connection cannot send, because as many are in flight as may be, it makes later, and it counts from when it
 * was due.
 */
export class Pacer {
  /** How long after they were due requests were made (µs) though nothing but this thread held them up. */
  readonly late: RecordableHistogram = createHistogram();
  readonly #schedule: Schedule;
  /** Their numbers in the run, ascending. */
  readonly #connections: readonly number[];
  readonly #places: ReadonlyMap<number, number>;
  readonly #debtors: (Debtor | undefined)[] = [];
  readonly #began = performance.now();
  #round = 0;
  /** Whose request is due next. */
  #place = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(schedule: Schedule, connections: readonly number[]) {
    this.#schedule = schedule;
    this.#connections = connections;
    this.#places = new Map(connections.map((connection, place) => [connection, place]));
    this.#wait();
  }

  /** From now on this connection makes its requests; those of the time before are none of its. */
  begin(connection: number, move: Move, depth: number): Lanes {
    const place = this.#places.get(connection)!;
    const next = (): number | undefined =>
      debtor.made < debtor.owed ? this.#dueAt(place, debtor.first + debtor.made++) : undefined;
    const first = place < this.#place ? this.#round + 1 : this.#round;
    const debtor: Debtor = { lanes: new Lanes(move, depth, next), first, owed: 0, made: 0 };
    this.#debtors[place] = debtor;
    return debtor.lanes;
  }

  /** Ends it: what was due by now is made if it can be. `unmade` is told how long each of the others has waited, in milliseconds. */
  end(unmade: (waited: number) => void): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    this.#owe(now);
    for (const [place, debtor] of this.#debtors.entries()) {
      if (!debtor) continue;
      for (let round = debtor.first + debtor.made; round < debtor.first + debtor.owed; round++) {
        unmade(now - this.#dueAt(place, round));
      }
      debtor.owed = debtor.made;
    }
  }

  #dueAt(place: number, round: number): number {
    return this.#began + this.#schedule.due(this.#connections[place]!, round);
  }

  #wait(): void {
    const wait = this.#dueAt(this.#place, this.#round) - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#owe(performance.now());
        this.#wait();
      },
      Math.max(0, wait),
    );
  }

  #owe(now: number): void {
    for (;;) {
      const due = this.#dueAt(this.#place, this.#round);
      if (due > now) return;
      const debtor = this.#debtors[this.#place];
      if (debtor) this.#remind(debtor, due);
      this.#advance();
    }
  }

  #remind(debtor: Debtor, due: number): void {
    const { made } = debtor;
    debtor.owed++;
    debtor.lanes.fill();
    // Made at once: there had been room for it since it was due.
    if (debtor.made > made) this.late.record(Math.max(1, Math.round((performance.now() - due) * 1000)));
  }

  #advance(): void {
    if (++this.#place < this.#connections.length) return;
    this.#place = 0;
    this.#round++;
  }
}
