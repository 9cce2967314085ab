import { expect, test } from '@jest/globals';
import { drawChart } from './chart.ts';
import { comparisonsOf, judge } from './judge.ts';
import { describeResults } from './report.ts';
import type { Results, Series, Slice } from './results.ts';

const slice = (further: Partial<Slice> = {}): Slice => ({
  perSecond: 100,
  latency: { p50: 1, p99: 2, max: 3 },
  processor: { main: 10, threads: 50, v8: 5, pool: 15 },
  client: 8,
  clientBusy: 0.5,
  elsewhere: 0.04,
  ...further,
});

const rate = (who: Series['who'], values: number[], further: Partial<Series> = {}): Series => ({
  row: 'send × 100',
  state: 'warm',
  mode: 'own',
  who,
  name: who === 'ours' ? 'benang 2' : 'benang 1',
  unit: '/s',
  values,
  slices: values.map((perSecond) => slice({ perSecond })),
  ...further,
});

const redis = (values: number[], further: Partial<Series> = {}): Series => {
  const { mode: _, ...series } = rate('Redis', values, { name: 'Redis 7', ...further });
  return series;
};

const results = (series: Series[], further: Partial<Results> = {}): Results => ({
  machine: {
    processor: 'A <fast> processor',
    cores: 2,
    memoryGB: 8,
    system: 'Linux 6',
    node: 'v26.10.0',
    fileSystem: 'ext4',
    date: '2026-01-02',
  },
  load: [0.1, 2],
  pace: '5 rounds',
  notes: ['How it was done.'],
  rows: ['send × 100'],
  missing: {},
  series,
  ...further,
});

const verdictOf = (found: Results, beside: string | undefined, state = 'warm') =>
  judge(found).find(({ target }) => target.beside === beside && target.state === state)!;

test('neighbours are compared with each other, not medians, and what has no mode stands beside both', () => {
  const series = [
    rate('ours', [50, 240, 30]),
    rate('other', [100, 300, 100]),
    rate('ours', [10, 10, 10], { mode: 'shared' }),
    redis([20, 20, 40]),
  ];
  const compared = comparisonsOf(results(series)).map(({ subject, base, ratios }) => [
    subject.mode,
    base.who,
    ratios,
  ]);
  expect(compared).toEqual([
    ['own', 'other', [0.5, 0.8, 0.3]],
    ['own', 'Redis', [2.5, 12, 0.75]],
    ['shared', 'Redis', [0.5, 0.5, 0.25]],
  ]);
});

test('fresh is not compared with warm', () => {
  const series = [rate('ours', [1], { state: 'fresh' }), rate('other', [1])];
  expect(comparisonsOf(results(series))).toEqual([]);
});

test('the median of five rounds decides on the target', () => {
  const base = rate('other', [100, 100, 100, 100, 100]);
  const reached = results([rate('ours', [100, 100, 240, 250, 900]), base]);
  expect(verdictOf(reached, 'other')).toMatchObject({ median: 2.4, met: true });
  const missed = results([rate('ours', [100, 100, 239, 250, 900]), base]);
  expect(verdictOf(missed, 'other')).toMatchObject({ median: 2.39, met: false });
});

test('fewer rounds decide nothing', () => {
  const found = results([rate('ours', [300, 300]), rate('other', [100, 100])]);
  expect(verdictOf(found, 'other')).toMatchObject({ median: 3, met: undefined });
  expect(describeResults(found)).toMatch(
    /beside the other build +≥ 2.4 +3.00 +not judged +2 of the 5 rounds/,
  );
});

test('the processor time of a request is that of all its threads', () => {
  expect(verdictOf(results([rate('ours', [1, 1, 1, 1, 1])]), undefined)).toMatchObject({
    median: 80,
    met: true,
  });
});

test('a target whose counterpart is not there says why, and so does one that was not measured to its end', () => {
  const found = results([rate('ours', [1, 1, 1, 1, 1])], { missing: { other: 'none was named' } });
  expect(verdictOf(found, 'other')).toMatchObject({ met: undefined, why: 'none was named' });
  expect(verdictOf(found, 'other', 'fresh')).toMatchObject({
    met: undefined,
    why: expect.stringContaining('see above'),
  });
  expect(describeResults(found)).toContain('1 of 5 targets reached, 0 missed, 4 not judged');
});

test('rows that were not to be measured have no targets', () => {
  expect(judge(results([], { rows: [] }))).toEqual([]);
});

test('the report shows rates with what a request takes, and ratios with their spread', () => {
  const report = describeResults(results([rate('ours', [50, 240, 30]), rate('other', [100, 300, 100])]));
  expect(report).toMatch(
    /send × 100 +warm +benang 2, a thread each +50\/s +1.00 +2.00 +80.0 +10.0 +50.0 +5.0 +15.0 +8.0 +4 %/,
  );
  expect(report).toMatch(/a thread each +benang 1 +0.50 +0.40 to 0.65 +0.30 to 0.80 +3/);
  expect(report).toContain('load average 0.1 before and 2.0 after; others used 4 % of the processors');
});

test('without /proc the columns of the processor are left out, and the report says so', () => {
  const unknown = slice({ processor: undefined, elsewhere: undefined });
  const found = results([rate('ours', [1, 1, 1, 1, 1], { slices: Array(5).fill(unknown) })]);
  const report = describeResults(found);
  expect(report).not.toContain('main  threads');
  expect(report).toContain('no /proc');
  expect(verdictOf(found, undefined).met).toBeUndefined();
  expect(drawChart(found)).not.toMatch(/NaN|undefined|Infinity/);
});

test('the report says where the client itself was the bottleneck', () => {
  const busy = [slice({ clientBusy: 0.95 })];
  expect(describeResults(results([redis([1], { slices: busy })]))).toContain(
    'may be what was measured, in: send × 100 warm Redis 7.',
  );
});

test('the report warns when others used the machine', () => {
  const warning = 'measure again on a machine that is left alone';
  expect(describeResults(results([redis([1])]))).not.toContain(warning);
  expect(describeResults(results([redis([1], { slices: [slice({ elsewhere: 0.4 })] })]))).toContain(warning);
});

test('the chart draws each bar, its range and its target, and nothing unescaped', () => {
  const idle: Series = {
    row: 'an idle connection',
    mode: 'shared',
    who: 'ours',
    name: 'benang 2',
    unit: 'kB',
    values: [8, 9],
  };
  const beside: Series = { ...idle, who: 'other', name: 'benang 1', values: [8, 10] };
  const found = results([rate('ours', [1]), redis([2]), idle, beside], {
    rows: ['send × 100', 'an idle connection'],
  });
  const chart = drawChart(found);
  expect(chart.match(/class="range"/g)).toHaveLength(3);
  const legends = 3;
  expect(chart.match(/class="target"/g)!.length - legends).toBe(2);
  expect(chart).toContain('A &lt;fast&gt; processor');
  expect(chart).toContain('80 µs');
  expect(chart).not.toMatch(/NaN|undefined|Infinity/);
});
