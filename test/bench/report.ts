import { type Comparison, comparisonsOf, type Judgement, judge } from './judge.ts';
import { describeMachine } from './machine.ts';
import { type Processor, totalOf } from './processes.ts';
import { modeNames, type Results, type Series, type Slice } from './results.ts';
import { median, spreadOf } from './statistics.ts';
import type { Limit, Target } from './targets.ts';

/** From this share of a processor on it may be the client that is measured. */
const CLIENT_FULL = 0.9;
/** From this share of the processors on, of others, ratios are shaken as well. */
const OTHERS_TOO_MANY = 0.2;

/** The results for people. */
export function describeResults(results: Results): string {
  const { series, notes, pace } = results;
  const rates = series.filter(({ slices }) => slices);
  const others = series.filter(({ slices }) => !slices);
  return [
    `${describeMachine(results.machine)}; ${describeLoad(results)}\n${pace}`,
    rates.length > 0 ? `Rates (medians)\n${table(RATE_HEAD, rates.map(rateCells))}` : '',
    others.length > 0 ? `Costs (medians)\n${table(COST_HEAD, others.map(costCells))}` : '',
    describeComparisons(comparisonsOf(results)),
    [...notes, ...describeClient(rates)].map((note) => `- ${note}`).join('\n'),
    describeVerdict(judge(results)),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** "load average 0.5 before and 2.1 after; others used 1 % of the processors (median of the slices; at the most 7 %)" */
export function describeLoad({ load: [before, after], series }: Results): string {
  const shares = elsewhereIn(series);
  const average = `load average ${before.toFixed(1)} before and ${after.toFixed(1)} after`;
  if (shares.length === 0) return average;
  return `${average}; others used ${percent(median(shares))} of the processors (median of the slices; at the most ${percent(Math.max(...shares))})`;
}

const elsewhereIn = (series: readonly Series[]): number[] =>
  series
    .flatMap(({ slices }) => slices ?? [])
    .flatMap(({ elsewhere }) => (elsewhere === undefined ? [] : [elsewhere]));

const RATE_HEAD = [
  '',
  '',
  '',
  'rate',
  'p50 ms',
  'p99 ms',
  'µs',
  'main',
  'threads',
  'V8',
  'pool',
  'client µs',
  'others',
];

function rateCells(series: Series): string[] {
  const slices = series.slices!;
  const middle = (of: (slice: Slice) => number | undefined): number | undefined => medianOf(slices.map(of));
  const micros = (of: (processor: Processor) => number): string =>
    show(
      middle(({ processor }) => processor && of(processor)),
      1,
    );
  return [
    series.row,
    series.state ?? '',
    nameOf(series),
    `${show(median(series.values), 0)}/s`,
    show(
      middle(({ latency }) => latency.p50),
      2,
    ),
    show(
      middle(({ latency }) => latency.p99),
      2,
    ),
    micros(totalOf),
    ...(['main', 'threads', 'v8', 'pool'] as const).map((whose) => micros((processor) => processor[whose])),
    show(
      middle(({ client }) => client),
      1,
    ),
    percent(middle(({ elsewhere }) => elsewhere)),
  ];
}

const COST_HEAD = ['', '', '', '', 'least to most', 'rounds'];

function costCells(series: Series): string[] {
  const { row, unit, values } = series;
  const { median: middle, least, most } = spreadOf(values);
  const digits = middle >= 100 ? 0 : 2;
  return [
    row,
    '',
    nameOf(series),
    `${show(middle, digits)} ${unit}`,
    `${show(least, digits)} to ${show(most, digits)}`,
    String(values.length),
  ];
}

const COMPARISON_HEAD = ['', '', '', 'beside', 'ratio', 'middle half', 'least to most', 'rounds'];

function describeComparisons(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return '';
  const rows = comparisons.map(({ subject, base, ratios }) => {
    const { median: middle, lower, upper, least, most } = spreadOf(ratios);
    return [
      subject.row,
      subject.state ?? '',
      subject.mode ? modeNames[subject.mode] : '',
      base.name,
      show(middle, 2),
      `${show(lower, 2)} to ${show(upper, 2)}`,
      `${show(least, 2)} to ${show(most, 2)}`,
      String(ratios.length),
    ];
  });
  return `Ours as a multiple (medians of the ratios of neighbours)\n${table(COMPARISON_HEAD, rows)}`;
}

function describeClient(rates: readonly Series[]): string[] {
  if (rates.length === 0) return [];
  const full = rates.filter(
    ({ slices }) => median(slices!.map(({ clientBusy }) => clientBusy)) >= CLIENT_FULL,
  );
  const notes = [
    "µs: of a processor, for each request, by the main thread, the threads of connections, V8's helpers (compiler, garbage) and those that wait for the disk (libuv's pool, the checkpointer); client µs: the same of the client; others: the share of all processors that neither the server nor the client used.",
  ];
  if (rates.some(({ slices }) => slices!.some(({ processor }) => !processor))) {
    notes.push(
      'This system has no /proc that tells the processor time of threads: these columns are left out.',
    );
  }
  if (median(elsewhereIn(rates)) > OTHERS_TOO_MANY) {
    notes.push(
      'Others used much of the processors: measure again on a machine that is left alone before anything close is believed.',
    );
  }
  if (full.length > 0) {
    const names = full.map((series) => [series.row, series.state, nameOf(series)].join(' '));
    notes.push(`The client used its processor fully, and may be what was measured, in: ${names.join('; ')}.`);
  }
  return notes;
}

/** "benang b39d2ec, a thread each". */
const nameOf = ({ name, mode, who }: Series): string =>
  mode && who !== 'echo' ? `${name}, ${modeNames[mode]}` : name;

function describeVerdict(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return '';
  const rows = judgements.map((judgement) => [
    describeTarget(judgement.target),
    showLimit(judgement.target.limit),
    show(judgement.median, 2),
    verdictOf(judgement),
    judgement.why,
  ]);
  const count = (verdict: boolean | undefined): number =>
    judgements.filter(({ met }) => met === verdict).length;
  const summary = `${count(true)} of ${judgements.length} targets reached, ${count(false)} missed, ${count(undefined)} not judged`;
  return `Targets\n${table(['', 'target', 'median', '', ''], rows)}\n\n${summary}`;
}

const verdictOf = ({ met, median: middle }: Judgement): string => {
  if (met !== undefined) return met ? 'ok' : 'MISSED';
  return middle === undefined ? 'not measured' : 'not judged';
};

/** "send × 100, fresh, a thread each, beside Redis". */
function describeTarget({ row, state, mode, beside, processor }: Target): string {
  const of = processor
    ? 'µs of a processor'
    : beside && `beside ${beside === 'other' ? 'the other build' : beside}`;
  return [row, state, modeNames[mode], of].filter(Boolean).join(', ');
}

const showLimit = (limit: Limit): string => ('atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`);

const medianOf = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? median(known) : undefined;
};

const show = (value: number | undefined, digits: number): string =>
  value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const percent = (share: number | undefined): string =>
  share === undefined ? '' : `${Math.round(share * 100)} %`;

/** The first columns are words and the others figures. A column without any figure is left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = [...head.keys()].filter((column) => rows.some((cells) => cells[column] !== ''));
  const isWord = (column: number): boolean => rows.some((cells) => /^\p{L}/u.test(cells[column]!));
  const width = (column: number): number =>
    Math.max(...[head, ...rows].map((cells) => cells[column]!.length));
  const layout = columns.map((column) => ({ column, words: isWord(column), width: width(column) }));
  return [head, ...rows]
    .map((cells) =>
      layout
        .map(({ column, words, width: to }) =>
          words ? cells[column]!.padEnd(to) : cells[column]!.padStart(to),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
