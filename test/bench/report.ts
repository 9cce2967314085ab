import { type Group, groups } from './groups.ts';
import type { Machine } from './machine.ts';
import {
  type Figure,
  isMet,
  type Results,
  type Slice,
  spreadOfRatios,
  type Target,
  type Unit,
} from './results.ts';
import { median } from './statistics.ts';

/** From this share of a processor on it may be the client that is measured. */
export const CLIENT_FULL = 0.9;

/** The results for people. */
export function describeResults({ machine, pace, notes, figures }: Results): string {
  const shown = Object.entries(groups)
    .map(([name, group]) => ({ group, figures: figures.filter((figure) => figure.group === name) }))
    .filter((section) => section.figures.length > 0);
  return [
    `${describeMachine(machine)}; ${pace}`,
    ...shown.map((section) => describeGroup(section.group, section.figures)),
    notes.map((note) => `- ${note}`).join('\n'),
    describeBusy(figures),
    describeVerdict(figures),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

export function describeMachine({ processor, cores, memoryGB, ...machine }: Machine): string {
  const { system, node, fileSystem, loadBefore, date } = machine;
  return `${date}: ${cores} cores (${processor}), ${memoryGB} GB, ${system}, Node ${node}, databases on ${fileSystem}, load average before ${loadBefore.toFixed(1)}`;
}

const HEAD = ['', '', 'ours', 'beside', 'ratio', 'middle half', 'least to most', 'n', 'target', '', 'client'];
const LEFT_COLUMNS = 2;

function describeGroup({ title, explanation, better }: Group, figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column < LEFT_COLUMNS ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  return [`${title}: ${explanation}; ${better} is better`, ...lines].join('\n');
}

function cellsOf(figure: Figure): string[] {
  const { row, series, samples, base, unit, target } = figure;
  const { median: middle, lower, upper, least, most } = spreadOfRatios(figure);
  const met = isMet(figure);
  const busy = clientBusy(figure);
  const digits = base === undefined ? 1 : 2;
  return [
    row,
    series,
    showValue(median(samples.map(({ subject }) => subject)), unit),
    base === undefined ? '' : showValue(median(samples.map((sample) => sample.base!)), unit),
    middle.toFixed(digits),
    `${lower.toFixed(digits)} to ${upper.toFixed(digits)}`,
    `${least.toFixed(digits)} to ${most.toFixed(digits)}`,
    String(samples.length),
    target ? showTarget(target) : '',
    met === undefined ? '' : met ? 'ok' : 'MISSED',
    busy === undefined ? '' : `${Math.round(busy * 100)} %${busy >= CLIENT_FULL ? ' !' : ''}`,
  ];
}

export const showTarget = (target: Target): string =>
  'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;

/** "12,345/s", "6,868 kB", "0.52 ms". */
export function showValue(value: number, unit: Unit): string {
  const digits = unit === 'requests/s' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === 'requests/s' ? `${number}/s` : `${number} ${unit}`;
}

const slicesOf = ({ samples }: Figure): Slice[] =>
  samples.flatMap(({ slices }) => (slices ? [slices.subject, slices.base] : []));

/** How busy the client was where it was busiest: of the two sides' medians the higher one. */
function clientBusy({ samples }: Figure): number | undefined {
  const side = (of: 'subject' | 'base'): number =>
    median(samples.flatMap(({ slices }) => slices?.[of].clientBusy ?? []));
  const sides = [side('subject'), side('base')].filter((busy) => !Number.isNaN(busy));
  return sides.length > 0 ? Math.max(...sides) : undefined;
}

function describeBusy(figures: readonly Figure[]): string {
  const others = figures.flatMap(slicesOf).map(({ othersBusy }) => othersBusy);
  if (others.length === 0) return '';
  const full = figures.filter((figure) => (clientBusy(figure) ?? 0) >= CLIENT_FULL);
  const [usual, most] = [median(others), Math.max(...others)].map((share) => `${(share * 100).toFixed(1)} %`);
  return [
    'client: the processor share of its one thread, on the busier side of the comparison.',
    full.length > 0
      ? `Where it is marked with ! the client itself was the bottleneck, and the ratio may hide a difference: ${full.map(({ row, series }) => `${row} ${series}`.trim()).join(', ')}.`
      : 'It was never the bottleneck.',
    `While one server was loaded, all the others that were up used ${usual} of a processor (median; at the most ${most}).`,
  ].join('\n');
}

function describeVerdict(figures: readonly Figure[]): string {
  const verdicts = figures.map(isMet).filter((met) => met !== undefined);
  if (verdicts.length === 0) return '';
  const missed = figures.filter((figure) => isMet(figure) === false);
  const names = missed.map(
    ({ group, row, series }) => `${group}: ${[row, series].filter(Boolean).join(', ')}`,
  );
  const summary = `${verdicts.length - missed.length} of ${verdicts.length} targets reached`;
  return missed.length > 0 ? `${summary}; missed: ${names.join('; ')}` : summary;
}
