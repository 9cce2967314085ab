/** What a handful of figures says: the middle, the half in the middle, and the whole range. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly least: number;
  readonly most: number;
}

/** The value below which the share `at` (0 to 1) of the figures lies; between two figures, in proportion. NaN of none. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function spreadOf(values: readonly number[]): Spread {
  const [least, lower, middle, upper, most] = [0, 0.25, 0.5, 0.75, 1].map((at) => quantile(values, at));
  return { median: middle!, lower: lower!, upper: upper!, least: least!, most: most! };
}
