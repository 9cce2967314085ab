import type { Build } from '../build.ts';
import type { Mode, Series, Unit } from '../results.ts';
import type { Stage } from '../stage.ts';

/** Figures of a build, by the row that they belong to. */
export type Measured = Record<string, { readonly unit: Unit; readonly value: number }>;

/** Measures the builds in turn, round by round. */
export async function measureBuilds(
  stage: Stage,
  mode: Mode,
  measure: (build: Build) => Promise<Measured>,
): Promise<Series[]> {
  const series = new Map<string, Omit<Series, 'values'> & { values: number[] }>();
  for (let round = 0; round < stage.pace.rounds; round++) {
    for (const { who, build } of round % 2 === 0 ? stage.builds : stage.builds.toReversed()) {
      for (const [row, { unit, value }] of Object.entries(await measure(build))) {
        const key = `${who} ${row}`;
        const known = series.get(key) ?? { row, mode, who, name: build.name, unit, values: [] };
        series.set(key, known);
        known.values.push(value);
      }
    }
  }
  return [...series.values()];
}
