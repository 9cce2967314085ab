import { processorTime } from '../steps.ts';

/** Whose turn something is: an account's, by its id, or the server's own. */
export type Owner = number;

/** The server itself: what it does is in nobody's way, for it is done little at a time. */
export const OURS: Owner = 0;

/** What the server does of which there is much, such as bringing messages into the indexes: one piece in a round, behind all others. */
export const BULK: Owner = -1;

/** What is done in one round takes so much of the processor's time (ms), but for the last thing, which may take longer. */
const ROUND_MS = 4;
/** However little of it: a machine that is busy makes a round longer, but not for ever. */
const LONGEST_ROUND_MS = 20;
/** Who has used so much of a round waits for the next one, behind the others. */
const SHARE_MS = 2;
/** Cheaper things are not held against anybody. */
const TRIFLE_MS = 0.1;

interface Waiting {
  readonly owner: Owner;
}

/**
 * In which order is done what has gathered: as it came, in rounds of some milliseconds. Whoever takes much of a round, or has not
 * finished what they began, leaves that order: what they want is done in a row of their own, one thing in each round and in
 * turn with others who have such a row, whoever else waits. When nothing is left in it they are as everybody.
 *
 * What one account wants is done in the order in which it came, always. What the server itself does goes on behind what has come
 * meanwhile.
 */
export class Turns<T extends Waiting> {
  #gathered: T[] = [];
  #next = 0;
  /** By owner; in the order of their turns. */
  readonly #rows = new Map<Owner, T[]>();
  /** By owner, of this round (ms). */
  readonly #spent = new Map<Owner, number>();
  /** Whose turn in this round was not the end of something. */
  readonly #unfinished = new Set<Owner>();
  readonly #processorTime: () => number;
  /** How long the present round has taken, when it has to be looked whether it is over, and when the processor began with it. */
  #round = 0;
  #limit = ROUND_MS;
  #began: number | undefined;
  #rowHadTurn = false;

  constructor(clock = processorTime) {
    this.#processorTime = clock;
  }

  get empty(): boolean {
    return this.#next === this.#gathered.length && this.#rows.size === 0;
  }

  /** How many wait in the order in which they came. */
  get gathered(): number {
    return this.#gathered.length - this.#next;
  }

  add(one: T): void {
    this.#gathered.push(one);
  }

  /** The next one of this round; undefined when the round is over. */
  take(): T | undefined {
    this.#began ??= this.#processorTime();
    while (!this.#isOver && this.#next < this.#gathered.length) {
      const one = this.#gathered[this.#next++]!;
      const row =
        one.owner === BULK ? this.#rowOf(BULK) : this.#rows.size > 0 ? this.#rows.get(one.owner) : undefined;
      if (!row) return one;
      row.push(one);
    }
    // However much else there is, one of these has its turn.
    return this.#isOver && this.#rowHadTurn ? undefined : this.#takeFromRow();
  }

  /** What was taken has taken so long (ms). */
  took({ owner }: T, milliseconds: number): void {
    this.#round += milliseconds;
    if (owner <= OURS || milliseconds < TRIFLE_MS) return;
    const spent = (this.#spent.get(owner) ?? 0) + milliseconds;
    this.#spent.set(owner, spent);
    if (spent >= SHARE_MS) this.#rowOf(owner);
  }

  /** What was taken will go on (`goOn`, before the next round): until then nothing else of its owner's is done. */
  unfinished({ owner }: T): void {
    if (owner <= OURS) return;
    this.#unfinished.add(owner);
    this.#rowOf(owner);
  }

  /** What was taken goes on, in another round. */
  goOn(one: T): void {
    if (one.owner <= OURS) return this.add(one);
    this.#rowOf(one.owner).unshift(one);
  }

  /** The round is over. */
  finish(): void {
    this.#round = 0;
    this.#limit = ROUND_MS;
    this.#began = undefined;
    this.#rowHadTurn = false;
    if (this.#spent.size > 0) this.#spent.clear();
    if (this.#unfinished.size > 0) this.#unfinished.clear();
    for (const [owner, row] of this.#rows) if (row.length === 0) this.#rows.delete(owner);
    this.#gathered = this.#gathered.slice(this.#next);
    this.#next = 0;
  }

  get #isOver(): boolean {
    if (this.#round < this.#limit) return false;
    const left = ROUND_MS - (this.#processorTime() - this.#began!);
    if (left < TRIFLE_MS) return true;
    this.#limit = Math.min(LONGEST_ROUND_MS, this.#round + left);
    return this.#round >= this.#limit;
  }

  #rowOf(owner: Owner): T[] {
    const row = this.#rows.get(owner) ?? [];
    this.#rows.set(owner, row);
    return row;
  }

  #takeFromRow(): T | undefined {
    for (const [owner, row] of this.#rows) {
      if (row.length === 0 || this.#unfinished.has(owner)) continue;
      if ((this.#spent.get(owner) ?? 0) >= SHARE_MS) continue;
      this.#rowHadTurn = true;
      this.#rows.delete(owner);
      this.#rows.set(owner, row);
      return row.shift();
    }
    return undefined;
  }
}
