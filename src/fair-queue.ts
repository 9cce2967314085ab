/**
 * What waits, in lanes that have their turns: the first of each lane, then the first of each again. So a lane with many makes its own
 * wait, and the other lanes' only for one of them.
 */
export class FairQueue<T> {
  /** In the order of their turns; none is empty. */
  readonly #lanes = new Map<string, Set<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(lane: string, one: T): void {
    const others = this.#lanes.get(lane);
    if (others) others.add(one);
    else this.#lanes.set(lane, new Set([one]));
    this.#size++;
  }

  /** Whose turn it is. */
  get first(): T | undefined {
    for (const lane of this.#lanes.values()) return first(lane);
    return undefined;
  }

  /** Takes whose turn it is; then it is the other lanes'. */
  take(): T | undefined {
    for (const [lane, ones] of this.#lanes) {
      const one = first(ones);
      this.#lanes.delete(lane);
      ones.delete(one);
      if (ones.size > 0) this.#lanes.set(lane, ones);
      this.#size--;
      return one;
    }
    return undefined;
  }

  /** Takes one out of its turn; false when it does not wait. */
  delete(lane: string, one: T): boolean {
    const ones = this.#lanes.get(lane);
    if (!ones?.delete(one)) return false;
    if (ones.size === 0) this.#lanes.delete(lane);
    this.#size--;
    return true;
  }

  lengthOf(lane: string): number {
    return this.#lanes.get(lane)?.size ?? 0;
  }

  /** The lane in which most wait. */
  get longest(): string | undefined {
    let longest: string | undefined;
    for (const [lane, { size }] of this.#lanes) {
      if (longest === undefined || size > this.lengthOf(longest)) longest = lane;
    }
    return longest;
  }

  /** Takes the one of a lane that came last. */
  takeLast(lane: string): T | undefined {
    const last = [...(this.#lanes.get(lane) ?? [])].at(-1);
    if (last !== undefined) this.delete(lane, last);
    return last;
  }

  /** Lane by lane; those that it comes to may be deleted meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (const ones of this.#lanes.values()) yield* ones;
  }
}

const first = <T>(ones: Set<T>): T => ones.values().next().value as T;
