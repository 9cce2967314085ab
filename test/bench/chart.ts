import { type Group, type GroupName, groups } from './groups.ts';
import { describeMachine } from './report.ts';
import { type Figure, isMet, type Results, spreadOfRatios } from './results.ts';

/** Panels, each column from top to bottom. */
const COLUMNS: readonly (readonly GroupName[])[] = [
  ['own', 'durable', 'growth'],
  ['shared', 'cost', 'reading'],
];

/** In pixels. */
const PANEL = { width: 450, padding: 16, head: 64, foot: 26 };
const LABEL_WIDTH = 174;
const VALUE_WIDTH = 62;
const BAR = { height: 8, gap: 3 };
const ROW_GAP = 9;
const FOOTER = 48;
/** Ratios beyond this are drawn up to it; the number beside the bar says what they are. */
const LONGEST_RATIO = 1.6;

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
    .range { stroke: #e6edf3 }
    .target { stroke: #ff8a4c }
    .missed { fill: #ff8a4c }
  }
`;

/** One bar: a ratio with its range, or a figure without a base as its share of its target. */
interface Bar {
  readonly tone: number;
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
  readonly target: number | undefined;
  readonly text: string;
  readonly met: boolean | undefined;
}

interface Row {
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** The results as a picture: a panel for each group, a bar for each median ratio, a mark for its target. SVG, for light and dark pages. */
export function drawChart({ machine, pace, figures }: Results): string {
  const columns = COLUMNS.map((names) => {
    let top = 0;
    const drawn = names.flatMap((name) => {
      const rows = rowsOf(
        groups[name],
        figures.filter(({ group }) => group === name),
      );
      if (rows.length === 0) return [];
      const panel = `<g transform="translate(0 ${top})">${drawPanel(groups[name], rows)}</g>`;
      top += heightOf(rows);
      return [panel];
    });
    return { drawn, height: top };
  });
  const width = PANEL.width * COLUMNS.length;
  const height = Math.max(...columns.map((column) => column.height)) + FOOTER;
  const panels = columns.map(
    ({ drawn }, index) => `<g transform="translate(${index * PANEL.width} 0)">${drawn.join('')}</g>`,
  );
  const footer =
    text(PANEL.padding, height - 28, describeMachine(machine), 'muted') +
    text(PANEL.padding, height - 12, `${pace}; thin lines: least to most`, 'muted');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>benang beside its ceilings: medians of the ratios of neighbouring measurements, their range, and the targets</title>
<style>${STYLE}</style>
<rect class="back" width="${width}" height="${height}" rx="6"/>
${panels.join('\n')}
${footer}
</svg>
`;
}

function rowsOf({ series }: Group, figures: readonly Figure[]): Row[] {
  if (series.length === 0) {
    return figures
      .filter(({ target }) => target)
      .map((figure) => ({
        label: [figure.row, figure.series].filter(Boolean).join(', '),
        bars: [barOf(figure, 0)],
      }));
  }
  return [...new Set(figures.map(({ row }) => row))].map((row) => ({
    label: row,
    bars: figures
      .filter((figure) => figure.row === row)
      .map((figure) => barOf(figure, series.indexOf(figure.series)))
      .toSorted((a, b) => a.tone - b.tone),
  }));
}

function barOf(figure: Figure, tone: number): Bar {
  const { median, least, most } = spreadOfRatios(figure);
  const compared = figure.samples.some(({ base }) => base !== undefined);
  const limit = figure.target && ('atLeast' in figure.target ? figure.target.atLeast : figure.target.atMost);
  const unit = compared ? 1 : (limit ?? median);
  return {
    tone,
    ratio: median / unit,
    least: least / unit,
    most: most / unit,
    target: limit === undefined ? undefined : limit / unit,
    text: compared ? median.toFixed(2) : `${median.toFixed(1)} ${figure.unit}`,
    met: isMet(figure),
  };
}

const rowHeight = ({ bars }: Row): number => bars.length * (BAR.height + BAR.gap) - BAR.gap + ROW_GAP;

const heightOf = (rows: readonly Row[]): number =>
  PANEL.head + rows.reduce((sum, row) => sum + rowHeight(row), 0) + PANEL.foot;

function drawPanel({ title, explanation, better, series }: Group, rows: readonly Row[]): string {
  const from = PANEL.padding + LABEL_WIDTH;
  const to = PANEL.width - PANEL.padding - VALUE_WIDTH;
  const most = Math.max(
    1.1,
    ...rows.flatMap(({ bars }) => bars.flatMap((bar) => [bar.most, bar.target ?? 0])),
  );
  const scale = Math.min(most, LONGEST_RATIO);
  const x = (ratio: number): number => round(from + ((to - from) * Math.min(ratio, scale)) / scale);
  const bottom = heightOf(rows) - PANEL.foot;
  let y = PANEL.head;
  const drawn = rows.map((row) => {
    const label = text(PANEL.padding, y + (rowHeight(row) - ROW_GAP) / 2 + 4, row.label);
    const bars = row.bars.map((bar, index) => drawBar(bar, y + index * (BAR.height + BAR.gap), x));
    y += rowHeight(row);
    return label + bars.join('');
  });
  return [
    text(PANEL.padding, 24, title, 'title'),
    text(PANEL.padding, 41, `${explanation}; ${better} is better`, 'muted'),
    drawLegend(series),
    line(x(0), PANEL.head - 4, bottom, 'grid'),
    line(x(1), PANEL.head - 4, bottom, 'one'),
    text(x(1) - 3, bottom + 11, '1', 'muted'),
    ...drawn,
  ].join('');
}

function drawBar(
  { tone, ratio, least, most, target, ...bar }: Bar,
  y: number,
  x: (ratio: number) => number,
): string {
  const middle = y + BAR.height / 2;
  return [
    `<rect class="tone${tone}" x="${x(0)}" y="${y}" width="${round(x(ratio) - x(0))}" height="${BAR.height}" rx="1.5"/>`,
    `<path class="range" d="M${x(least)} ${middle}H${x(most)}"/>`,
    target === undefined ? '' : line(x(target), y - 2, y + BAR.height + 2, 'target'),
    text(PANEL.width - PANEL.padding, y + BAR.height, bar.text, bar.met === false ? 'value missed' : 'value'),
  ].join('');
}

function drawLegend(series: readonly string[]): string {
  const squares = series.map((name, tone) => {
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
