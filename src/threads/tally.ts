/** So many different reasons are told apart; there are far fewer, unless a system's messages vary. */
const MOST_REASONS = 100;
const OTHERS = 'other reasons';

/** Counts events by reason: a sentence, in which numbers do not matter. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    const kind = reason.replace(/\d+(\.\d+)?/g, 'N');
    const known = this.#counts.has(kind) || this.#counts.size < MOST_REASONS;
    const key = known ? kind : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  read(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
