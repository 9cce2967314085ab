/** Whose turn something is: an account, by its id, or the server itself. */
export type Owner = number;

/** The server itself: what it does is in nobody's way, for it is done little at a time. */
export const OURS: Owner = 0;

/** What is done in one round takes so long (ms), but for the last thing, which may take longer. */
const ROUND_MS = 4;
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
  #round = 0;
  #rowHadTurn = false;

  get empty(): boolean {
    return this.#next === this.#gathered.length && this.#rows.size === 0;
  }

  add(one: T): void {
    this.#gathered.push(one);
  }

  /** The next one of this round; undefined when the round is over. */
  take(): T | undefined {
    while (this.#round < ROUND_MS && this.#next < this.#gathered.length) {
      const one = this.#gathered[this.#next++]!;
      const row = this.#rows.size > 0 ? this.#rows.get(one.owner) : undefined;
      if (!row) return one;
      row.push(one);
    }
    // However much else there is, one of these has its turn.
    return this.#round < ROUND_MS || !this.#rowHadTurn ? this.#takeFromRow() : undefined;
  }

  /** What was taken has taken so long (ms). */
  took({ owner }: T, milliseconds: number): void {
    this.#round += milliseconds;
    if (owner === OURS || milliseconds < TRIFLE_MS) return;
    const spent = (this.#spent.get(owner) ?? 0) + milliseconds;
    this.#spent.set(owner, spent);
    if (spent >= SHARE_MS) this.#rowOf(owner);
  }

  /** What was taken will go on (`goOn`, before the next round): until then nothing else of its owner's is done. */
  unfinished({ owner }: T): void {
    if (owner === OURS) return;
    this.#unfinished.add(owner);
    this.#rowOf(owner);
  }

  /** What was taken goes on, in another round. */
  goOn(one: T): void {
    if (one.owner === OURS) return this.add(one);
    this.#rowOf(one.owner).unshift(one);
  }

  /** The round is over. */
  finish(): void {
    this.#round = 0;
    this.#rowHadTurn = false;
    this.#spent.clear();
    this.#unfinished.clear();
    for (const [owner, row] of this.#rows) if (row.length === 0) this.#rows.delete(owner);
    this.#gathered = this.#gathered.slice(this.#next);
    this.#next = 0;
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
