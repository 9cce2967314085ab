/** Each power of two is cut into so many buckets: what is read out is right to within a 128th. */
const BUCKET_BITS = 7;
const BUCKETS = 1 << BUCKET_BITS;
/** Counted in tenths of a microsecond, up to 2^31 of them: 214 s. */
const PER_MS = 10_000;

/** How often each time occurred. Recording is a few operations on integers, for it happens behind every reply. */
export class Histogram {
  readonly #counts = new Uint32Array((32 - BUCKET_BITS) * BUCKETS);
  #total = 0;
  #max = 0;

  record(ms: number): void {
    const value = (ms * PER_MS) | 0;
    const shift = Math.max(0, 31 - BUCKET_BITS - Math.clz32(value));
    this.#counts[shift * BUCKETS + (value >>> shift)]!++;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  get count(): number {
    return this.#total;
  }

  /** In milliseconds. */
  get max(): number {
    return this.#max;
  }

  /** The time within which the share `at` (0 to 1) lies, in milliseconds: the middle of its bucket. 0 when nothing was recorded. */
  quantile(at: number): number {
    let left = Math.max(1, Math.ceil(this.#total * at));
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return Math.min(middleOf(bucket) / PER_MS, this.#max);
    }
    return 0;
  }
}

/** A bucket's number is `shift * BUCKETS + (value >>> shift)`, where the latter is BUCKETS or more but for the first shift. */
function middleOf(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / BUCKETS) - 1);
  const from = (bucket - shift * BUCKETS) * 2 ** shift;
  return from + (2 ** shift - 1) / 2;
}
