import { expect, test } from '@jest/globals';
import { drawChart } from './chart.ts';
import { describeResults } from './report.ts';
import { type Figure, isMet, type Results, ratios, type Slice } from './results.ts';

const figure = (further: Partial<Figure> = {}): Figure => ({
  group: 'own',
  row: 'inbox × 10',
  series: 'warm',
  subject: 'benang',
  base: 'echo',
  unit: 'requests/s',
  samples: [
    { subject: 50, base: 100 },
    { subject: 240, base: 300 },
    { subject: 30, base: 100 },
  ],
  target: { atLeast: 0.5 },
  ...further,
});

const slice = (further: Partial<Slice> = {}): Slice => ({
  perSecond: 100,
  requests: 100,
  seconds: 1,
  latency: undefined,
  bytes: 36,
  clientBusy: 0.5,
  serverBusy: 1,
  othersBusy: 0.01,
  ...further,
});

const results = (...figures: Figure[]): Results => ({
  machine: {
    processor: 'A <fast> processor',
    cores: 2,
    memoryGB: 8,
    system: 'Linux 6',
    node: 'v26.10.0',
    fileSystem: 'ext4',
    loadBefore: 0.1,
    date: '2026-01-02',
  },
  pace: '3 rounds of 1 s',
  notes: ['How it was done.'],
  figures,
});

const idle = figure({
  group: 'cost',
  row: 'an idle connection',
  series: '',
  base: undefined,
  unit: 'kB',
  samples: [{ subject: 8 }, { subject: 9 }],
  target: { atMost: 10 },
});

test('neighbours are compared with each other, not medians', () => {
  expect(ratios(figure())).toEqual([0.5, 0.8, 0.3]);
  expect(ratios(idle)).toEqual([8, 9]);
});

test('the median decides on the target', () => {
  expect(isMet(figure())).toBe(true);
  expect(isMet(figure({ target: { atLeast: 0.51 } }))).toBe(false);
  expect(isMet(figure({ target: { atMost: 0.49 } }))).toBe(false);
  expect(isMet(figure({ target: undefined }))).toBeUndefined();
  expect(isMet(idle)).toBe(true);
});

test('the report shows figures, ratio, spread and verdict, and says what was missed', () => {
  const report = describeResults(
    results(figure(), idle, figure({ row: 'send × 1', target: { atLeast: 0.9 } })),
  );
  expect(report).toContain(
    'inbox × 10  warm  50/s   100/s   0.50  0.40 to 0.65   0.30 to 0.80  3   ≥ 0.5      ok',
  );
  expect(report).toMatch(/an idle connection +8\.50 kB +8\.5 +8\.3 to 8\.8 +8\.0 to 9\.0 +2 +≤ 10 +ok/);
  expect(report).toContain('2 of 3 targets reached; missed: own: send × 1, warm');
});

test('the report says when the client itself was the bottleneck', () => {
  const busy = { subject: slice(), base: slice({ clientBusy: 0.95 }) };
  const samples = [{ subject: 100, base: 100, slices: busy }];
  expect(describeResults(results(figure({ samples })))).toContain('95 % !');
  const idler = { subject: slice(), base: slice() };
  const report = describeResults(results(figure({ samples: [{ subject: 1, base: 1, slices: idler }] })));
  expect(report).toContain('It was never the bottleneck.');
});

test('the chart draws each bar, its range and its target, and nothing unescaped', () => {
  const chart = drawChart(results(figure(), figure({ series: 'cold', target: undefined }), idle));
  expect(chart.match(/class="range"/g)).toHaveLength(3);
  expect(chart.match(/class="target"/g)!.length - 2).toBe(2);
  expect(chart).toContain('A &lt;fast&gt; processor');
  expect(chart).toContain('8.5 kB');
  expect(chart).not.toMatch(/NaN|undefined|Infinity/);
});

test('of figures without a target the chart shows only those that belong to a row', () => {
  const chart = drawChart(results({ ...idle, target: undefined }, figure()));
  expect(chart).not.toContain('an idle connection');
});
