import { expect, test } from '@jest/globals';
import { remarksOn } from '../../src/load/remarks.ts';
import { describeProgress, describeResult } from '../../src/load/report.ts';
import { isCorrect, type LoadResult } from '../../src/load/result.ts';
import { Timings } from '../../src/load/timings.ts';
import { resultWith } from './results.ts';

const [, all] = resultWith().timings;
const unsent = (requests: number): Partial<LoadResult> => ({
  rate: 100,
  timings: [
    { ...all!, command: 'not sent', requests },
    { ...all!, requests: 100 },
  ],
});
const threads = (busy: number, cpu: number): Partial<LoadResult> => ({
  clientThreads: [
    { busy: 0.1, cpu: 0.1 },
    { busy, cpu },
  ],
});
const late = (p99: number): Partial<LoadResult> => ({ rate: 100, late: { p50: 1, p99, max: 100 } });

test.each<[string, Partial<LoadResult>]>([
  ['a closed loop', {}],
  ['a busy thread that waits for the rest', threads(0.9, 0.9)],
  ['timers that are late by a little', late(10)],
  ['a request or two that were due as the time was over', unsent(1)],
])('nothing to remark: %s', (_, changes) => {
  expect(remarksOn(resultWith(changes))).toEqual([]);
});

test.each<[string, Partial<LoadResult>, RegExp[]]>([
  ['interrupted', { interrupted: true }, [/^ended before its time$/]],
  ['the tester is the limit', threads(0.95, 0.9), [/own limit.* 95 % .*: use more --threads$/]],
  ['and has no processors to itself', threads(0.95, 0.3), [/ on one for 30 %.* machine of its own$/]],
  ['late by itself', late(11), [/late by itself.* 11 ms /]],
  ['late because it is the limit', { ...late(11), ...threads(1, 1) }, [/own limit/]],
  [
    'a server that cannot keep up',
    unsent(50),
    [/^the server did not keep up with 100 requests\/s: 50 of 150 /],
  ],
  [
    'a tester that cannot',
    { ...unsent(50), ...threads(1, 1) },
    [/own limit/, /^the load tester did not keep up/],
  ],
])('remarked: %s', (_, changes, remarks) => {
  const found = remarksOn(resultWith(changes));
  expect(found).toEqual(remarks.map((remark) => expect.stringMatching(remark)));
});

test.each<[string, Partial<LoadResult>]>([
  ['a wrong reply', { wrongReplies: 1 }],
  ['a lost message', { messages: { ...resultWith().messages, lost: 1 } }],
  ['an idle connection that is gone', { idle: { connections: 2, alive: 1 } }],
])('not correct: %s', (_, changes) => {
  expect(isCorrect(resultWith())).toBe(true);
  expect(isCorrect(resultWith(changes))).toBe(false);
});

test('the result for people', () => {
  const text = describeResult(
    resultWith({ ...unsent(50), depth: 8, rampUpSeconds: 3, idle: { connections: 5, alive: 4 } }),
  );
  expect(text).toBe(
    `10 connections and 5 idle ones to 127.0.0.1:8889, open loop at 100 requests/s, 8 requests in flight on each, send=1,inbox=1, ramp-up 3 s, 2.0 s

          requests     req/s    p50 ms    p90 ms    p99 ms  p99.9 ms    max ms
not sent        50        50      1.00      2.00      4.00      8.00     16.00
all            100        50      1.00      2.00      4.00      8.00     16.00

messages: 100 acknowledged, 100 received, 0 lost, 0 doubled, 0 out of order, 0 invented
wrong replies: 0
idle connections: 4 of 5 alive
client threads: 2, busy 40 %, 50 % of the time, on a processor 40 %, 50 %
note: the server did not keep up with 100 requests/s: 50 of 150 were due and not sent when the time was over; "all" has them with the time that they had waited`,
  );
});

test('the line that is shown meanwhile, of several threads', () => {
  const [one, other] = [new Timings(), new Timings()];
  expect(describeProgress(Timings.merge([one, other]), 1, 9999, 0)).toBe(
    '0 requests/s, p99 0.0 ms, 10 s left, 0 wrong',
  );
  for (let time = 1; time <= 100; time++) (time % 2 ? one : other).record('inbox', time);
  const merged = Timings.merge([one, other]);
  expect(describeProgress(merged, 2000, -1, 3)).toMatch(/^50 requests\/s, p99 99\.\d ms, 0 s left, 3 wrong$/);
  other.record('not sent', 1000);
  const lines = Timings.merge([one, other]).lines(2);
  expect(lines.map(({ command, requests }) => `${command} ${requests}`)).toEqual([
    'send 0',
    'inbox 100',
    'online 0',
    'not sent 1',
    'all 100',
  ]);
  // Histograms keep three digits.
  expect(lines.at(-1)!.max).toBeCloseTo(1000, -1);
});
