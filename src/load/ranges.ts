/** A set of whole numbers, kept as ranges because what is added mostly follows what is there. */
export class Ranges {
  /** First and last of each range, ascending; ranges do not touch. */
  readonly #bounds: number[];

  constructor(bounds: readonly number[] = []) {
    this.#bounds = [...bounds];
  }

  /** What the constructor takes: `[first, last, first, last, …]`. */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  get size(): number {
    let size = 0;
    for (let at = 0; at < this.#bounds.length; at += 2) size += this.#bounds[at + 1]! - this.#bounds[at]! + 1;
    return size;
  }

  has(number: number): boolean {
    const at = this.#find(number);
    return at < this.#bounds.length && this.#bounds[at]! <= number;
  }

  add(number: number): void {
    const bounds = this.#bounds;
    const at = this.#find(number);
    if (at < bounds.length && bounds[at]! <= number) return;
    const followed = bounds[at] === number + 1;
    const preceded = at > 0 && bounds[at - 1] === number - 1;
    if (preceded && followed) bounds.splice(at - 1, 2);
    else if (preceded) bounds[at - 1] = number;
    else if (followed) bounds[at] = number;
    else bounds.splice(at, 0, number, number);
  }

  union(other: Ranges): Ranges {
    const both = new Ranges();
    const [left, right] = [this.#bounds, other.#bounds];
    let [l, r] = [0, 0];
    while (l < left.length || r < right.length) {
      const takesLeft = r >= right.length || (l < left.length && left[l]! <= right[r]!);
      if (takesLeft) both.#append(left[l++]!, left[l++]!);
      else both.#append(right[r++]!, right[r++]!);
    }
    return both;
  }

  /** Without what is greater than `limit`. */
  upTo(limit: number): Ranges {
    const kept: number[] = [];
    for (let at = 0; at < this.#bounds.length && this.#bounds[at]! <= limit; at += 2) {
      kept.push(this.#bounds[at]!, Math.min(this.#bounds[at + 1]!, limit));
    }
    return new Ranges(kept);
  }

  /** Where the first range is that ends behind the number, or at it: mostly the last, so it is looked for from there. */
  #find(number: number): number {
    let at = this.#bounds.length;
    while (at > 0 && this.#bounds[at - 1]! >= number) at -= 2;
    return at;
  }

  /** `first` is not before the first of the last range. */
  #append(first: number, last: number): void {
    const end = this.#bounds.length - 1;
    if (end > 0 && first <= this.#bounds[end]! + 1) this.#bounds[end] = Math.max(this.#bounds[end]!, last);
    else this.#bounds.push(first, last);
  }
}
