import { inboxRequests } from '../build.ts';
import type { Mode, Series, Unit, Who } from '../results.ts';
import type { Server } from '../servers.ts';
import type { Stage } from '../stage.ts';

/** A server that something is measured of once it has started. */
export interface Candidate {
  readonly who: Who;
  readonly name: string;
  /** One for each who is logged in: it asks for the inbox, which is empty. */
  readonly requests: readonly string[];
  start(): Promise<Server>;
}

/** Figures of a server, by the row that they belong to. */
export type Measured = Record<string, { readonly unit: Unit; readonly value: number }>;

/** The builds with these arguments. */
export const buildsWith = ({ builds }: Stage, args: readonly string[]): Candidate[] =>
  builds.map(({ who, build }) => ({
    who,
    name: build.name,
    requests: inboxRequests(build.logins),
    start: () => build.start(args),
  }));

/** Starts and measures the candidates in turn, round by round. */
export async function measureInTurn(
  stage: Stage,
  { mode, candidates }: { mode: Mode; candidates: readonly Candidate[] },
  measure: (candidate: Candidate, server: Server, stops: AsyncDisposableStack) => Promise<Measured>,
): Promise<Series[]> {
  const series = new Map<string, Omit<Series, 'values'> & { values: number[] }>();
  for (let round = 0; round < stage.pace.rounds; round++) {
    for (const candidate of round % 2 === 0 ? candidates : candidates.toReversed()) {
      const { who, name } = candidate;
      await using stops = new AsyncDisposableStack();
      const server = await stage.up(stops, candidate.start());
      const measured = await measure(candidate, server, stops);
      for (const [row, { unit, value }] of Object.entries(measured)) {
        const key = `${who} ${row}`;
        const known = series.get(key) ?? { row, mode, who, name, unit, values: [] };
        series.set(key, known);
        known.values.push(value);
      }
    }
  }
  return [...series.values()];
}

/** How much a server's memory has grown by, for each of so many; nothing where the system does not tell. */
export function grown(
  row: string,
  before: number | undefined,
  after: number | undefined,
  count: number,
): Measured {
  if (before === undefined || after === undefined) return {};
  return { [row]: { unit: 'kB', value: (after - before) / count } };
}
