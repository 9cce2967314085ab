import { type Comparison, comparisonsOf, type Judgement, judge } from './judge.ts';
import { describeMachine } from './machine.ts';
import { totalOf } from './processes.ts';
import { describeLoad } from './report.ts';
import { isOf, modeNames, type Results, type Series, states, type Who } from './results.ts';
import { spreadOf } from './statistics.ts';

/** In pixels. */
const PANEL = { width: 450, padding: 16, head: 64, foot: 26 };
const LABEL_WIDTH = 174;
const VALUE_WIDTH = 62;
const BAR = { height: 8, gap: 3 };
const ROW_GAP = 9;
const FOOTER = 64;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .muted { fill: #59636e; font-size: 11px }
  .value { text-anchor: end; font-size: 11px; font-variant-numeric: tabular-nums }
  .back { fill: #ffffff }
  .grid { stroke: #d1d9e0 }
  .one { stroke: #818b98; stroke-dasharray: 3 3 }
  .tone0 { fill: #2667c9 }
  .tone1 { fill: #8fb8ee }
  .tone2 { fill: #8c959f }
  .range { stroke: #1f2328; stroke-opacity: .65 }
  .target { stroke: #d1480b; stroke-width: 2.5 }
  .missed { fill: #b83a04; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .muted { fill: #9198a1 }
    .back { fill: #0d1117 }
    .grid { stroke: #30363d }
    .one { stroke: #7d8590 }
    .tone0 { fill: #539bf5 }
    .tone1 { fill: #2d5693 }
    .tone2 { fill: #656d76 }
    .range { stroke: #e6edf3 }
    .target { stroke: #ff8a4c }
    .missed { fill: #ff8a4c }
  }
`;

interface Bar {
  readonly label: string;
  readonly tone: number;
  /** Of which the median, the least and the most are drawn. */
  readonly values: readonly number[];
  readonly judgement: Judgement | undefined;
  readonly text: (median: number) => string;
}

interface Panel {
  readonly title: string;
  readonly explanation: string;
  /** Where a line is drawn that all can be compared with. */
  readonly one: number | undefined;
  readonly bars: readonly Bar[];
}

/** The results as a picture: a bar for each median, a thin line for its range, a mark for its target. SVG, for light and dark pages. */
export function drawChart(results: Results): string {
  const comparisons = comparisonsOf(results);
  const judgements = judge(results);
  const beside = (who: Who, title: string, explanation: string): Panel => ({
    title,
    explanation,
    one: 1,
    bars: comparisons
      .filter(({ base }) => base.who === who)
      .map((comparison) => ratioBar(comparison, judgements)),
  });
  const nameOf = (who: Who): string => comparisons.find(({ base }) => base.who === who)?.base.name ?? who;
  const columns = [
    [
      beside(
        'Redis',
        'Durable sends',
        `rate, ${nameOf('Redis')} with appendfsync always = 1; more is better`,
      ),
      beside('ngircd', 'Live messages', `rate, ${nameOf('ngircd')} = 1; more is better`),
      beside(
        'echo',
        'Beside bare servers that echo',
        'their figure = 1; of rates more is better, of costs less',
      ),
    ],
    [
      {
        title: 'Processor time of a request',
        explanation: 'microseconds, all threads of the server; less is better',
        one: undefined,
        bars: results.series
          .filter(({ who }) => who === 'ours')
          .flatMap((series) => processorBar(series, judgements)),
      },
      beside(
        'other',
        'Beside another build',
        `${nameOf('other')} = 1; of rates more is better, of costs less`,
      ),
    ],
  ].map((panels) => {
    let top = 0;
    const drawn = panels
      .filter(({ bars }) => bars.length > 0)
      .map((panel) => {
        const at = top;
        top += heightOf(panel);
        return `<g transform="translate(0 ${at})">${drawPanel(panel)}</g>`;
      });
    return { drawn, height: top };
  });
  const width = PANEL.width * columns.length;
  const height = Math.max(...columns.map((column) => column.height)) + FOOTER;
  const panels = columns.map(
    ({ drawn }, index) => `<g transform="translate(${index * PANEL.width} 0)">${drawn.join('')}</g>`,
  );
  const missed = judgements.filter(({ met }) => met === false).length;
  const footer = [
    describeMachine(results.machine),
    describeLoad(results),
    `${results.pace}; thin lines: least to most; targets missed: ${missed}`,
  ].map((words, index) => text(PANEL.padding, height - 44 + 16 * index, words, 'muted'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>benang beside Redis, ngircd, echo servers and another build: medians of the ratios of neighbouring measurements, their range, and the targets</title>
<style>${STYLE}</style>
<rect class="back" width="${width}" height="${height}" rx="6"/>
${panels.join('\n')}
${footer.join('')}
</svg>
`;
}

const ratioBar = ({ subject, base, ratios }: Comparison, judgements: readonly Judgement[]): Bar => ({
  ...labelled(subject),
  values: ratios,
  judgement: judgements.find(({ target }) => target.beside === base.who && isOf(subject, target)),
  text: (median) => median.toFixed(2),
});

function processorBar(series: Series, judgements: readonly Judgement[]): Bar[] {
  const values = (series.slices ?? []).flatMap(({ processor }) => (processor ? [totalOf(processor)] : []));
  if (values.length === 0) return [];
  const judgement = judgements.find(({ target }) => target.processor && isOf(series, target));
  return [{ ...labelled(series), values, judgement, text: (median) => `${median.toFixed(0)} µs` }];
}

/** What is measured in one mode only, as costs are, does not say so: there is no room. */
const labelled = ({ row, mode, state }: Series): Pick<Bar, 'label' | 'tone'> => ({
  label: state && mode ? `${row}, ${modeNames[mode]}` : row,
  tone: state ? states.indexOf(state) : states.length,
});

/** Bars of one label stand together. */
const rowsOf = ({ bars }: Panel): Bar[][] => [...Map.groupBy(bars, ({ label }) => label).values()];

const rowHeight = (bars: readonly Bar[]): number => bars.length * (BAR.height + BAR.gap) - BAR.gap + ROW_GAP;

const heightOf = (panel: Panel): number =>
  PANEL.head + rowsOf(panel).reduce((sum, bars) => sum + rowHeight(bars), 0) + PANEL.foot;

const limitOf = ({ judgement }: Bar): number | undefined =>
  judgement && Object.values<number>(judgement.target.limit)[0];

function drawPanel(panel: Panel): string {
  const from = PANEL.padding + LABEL_WIDTH;
  const to = PANEL.width - PANEL.padding - VALUE_WIDTH;
  const one = panel.one ?? 0;
  const scale = Math.max(one * 1.1, ...panel.bars.flatMap((bar) => [...bar.values, limitOf(bar) ?? 0]));
  const x = (value: number): number => round(from + ((to - from) * value) / scale);
  const bottom = heightOf(panel) - PANEL.foot;
  let y = PANEL.head;
  const drawn = rowsOf(panel).map((bars) => {
    const label = text(PANEL.padding, y + (rowHeight(bars) - ROW_GAP) / 2 + 4, bars[0]!.label);
    const rects = bars.map((bar, index) => drawBar(bar, y + index * (BAR.height + BAR.gap), x));
    y += rowHeight(bars);
    return label + rects.join('');
  });
  return [
    text(PANEL.padding, 24, panel.title, 'title'),
    text(PANEL.padding, 41, panel.explanation, 'muted'),
    drawLegend(),
    line(x(0), PANEL.head - 4, bottom, 'grid'),
    panel.one ? line(x(1), PANEL.head - 4, bottom, 'one') + text(x(1) - 3, bottom + 11, '1', 'muted') : '',
    ...drawn,
  ].join('');
}

function drawBar(bar: Bar, y: number, x: (value: number) => number): string {
  const { median, least, most } = spreadOf(bar.values);
  const middle = y + BAR.height / 2;
  const limit = limitOf(bar);
  return [
    `<rect class="tone${bar.tone}" x="${x(0)}" y="${y}" width="${round(x(median) - x(0))}" height="${BAR.height}" rx="1.5"/>`,
    `<path class="range" d="M${x(least)} ${middle}H${x(most)}"/>`,
    limit === undefined ? '' : line(x(limit), y - 2, y + BAR.height + 2, 'target'),
    text(
      PANEL.width - PANEL.padding,
      y + BAR.height,
      bar.text(median),
      bar.judgement?.met === false ? 'value missed' : 'value',
    ),
  ].join('');
}

function drawLegend(): string {
  const squares = states.map((name, tone) => {
    const x = PANEL.padding + LABEL_WIDTH + tone * 96;
    return `<rect class="tone${tone}" x="${x}" y="49" width="8" height="8" rx="1.5"/>${text(x + 12, 57, name, 'muted')}`;
  });
  const x = PANEL.width - PANEL.padding - 44;
  return `${squares.join('')}${line(x, 47, 59, 'target')}${text(x + 7, 57, 'target', 'muted')}`;
}

const line = (x: number, from: number, to: number, kind: string): string =>
  `<path class="${kind}" d="M${x} ${from}V${to}"/>`;

const text = (x: number, y: number, content: string, kind = ''): string =>
  `<text x="${x}" y="${y}"${kind && ` class="${kind}"`}>${escapeText(content)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

const escapeText = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
