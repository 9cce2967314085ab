import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeComparison, differences, readResult } from '../../src/load/compare.ts';
import type { LoadResult } from '../../src/load/result.ts';
import { runBenang } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { resultWith } from './results.ts';

const fileWith = (content: unknown): string => {
  const file = join(tempFolder(), 'result.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

test('before, after and ratio for each row that both have', () => {
  const before = resultWith();
  const after = resultWith({
    timings: [
      { ...before.timings[0]!, perSecond: 100, p50: 0.5, max: 8 },
      { ...before.timings[1]!, command: 'online' },
    ],
  });
  expect(describeComparison(before, after)).toBe(
    `before: 10 connections to 127.0.0.1:8889, closed loop, send=1,inbox=1, 2.0 s
after:  10 connections to 127.0.0.1:8889, closed loop, send=1,inbox=1, 2.0 s

                        before       after       ratio
send     req/s              50         100        2.00
         p50 ms           1.00        0.50        0.50
         p90 ms           2.00        2.00        1.00
         p99 ms           4.00        4.00        1.00
         p99.9 ms         8.00        8.00        1.00
         max ms          16.00        8.00        0.50`,
  );
});

test.each<[Partial<LoadResult>, string]>([
  [{ connections: 20 }, 'connections: 10 before, 20 after'],
  [{ rate: 100 }, 'loop: closed before, open at 100 requests/s after'],
  [{ depth: 8 }, 'requests in flight: 1 before, 8 after'],
  [{ mix: { send: 1 } }, 'mix: send=1,inbox=1 before, send=1 after'],
  [{ idle: { connections: 5, alive: 5 } }, 'idle connections: 0 before, 5 after'],
  [{ threads: 1 }, 'client threads: 2 before, 1 after'],
  [{ seconds: 1 }, 'length: 2.0 s before, 1.0 s after'],
])('runs that are not alike: %j', (changes, difference) => {
  expect(differences(resultWith(), resultWith(changes))).toEqual([`the runs are not alike (${difference})`]);
  expect(differences(resultWith(), resultWith({ seconds: 1.9, target: 'elsewhere:1' }))).toEqual([]);
});

test('what is wrong with a run is said', () => {
  const text = describeComparison(
    resultWith({ wrongReplies: 1 }),
    resultWith({ interrupted: true, clientThreads: [{ busy: 1, cpu: 1 }], connections: 11 }),
  );
  expect(text.slice(text.indexOf('\n\nnote:') + 2).split('\n')).toEqual([
    expect.stringContaining('note: the runs are not alike'),
    'note: something was wrong in the run before',
    'note: the run after ended before its time',
    "note: the run after is the load tester's own limit",
  ]);
});

test.each<[unknown, RegExp]>([
  [
    'no JSON',
    /^cannot read a result from .*result\.json \(it is not JSON\); name what benang load --json printed$/,
  ],
  [{ format: 2 }, /result\.json has format 2, and this program compares format 1: measure anew$/],
  [{}, /result\.json is not what benang load --json printed \(format: /],
  [[], /result\.json is not what benang load --json printed \(/],
  [{ ...resultWith(), seconds: '2' }, /\(seconds: /],
  [{ ...resultWith(), timings: [{ command: 'all' }] }, /\(timings\.0\.requests: /],
])('a file that is no result: %j', async (content, sentence) => {
  await expect(readResult(fileWith(content))).rejects.toThrow(sentence);
});

test('on the command line', async () => {
  const file = fileWith(resultWith({ rate: 50 }));
  expect(await readResult(file)).toEqual(resultWith({ rate: 50 }));
  const { stdout, code } = await runBenang(['load', '--compare', `${file},${file}`]);
  expect(stdout).toMatch(/^all +req\/s +50 +50 +1\.00$/m);
  expect(stdout).not.toContain('note:');
  expect(code).toBe(0);
  const absent = await runBenang(['load', '--compare', `${file},/nowhere.json`]);
  expect([absent.stderr, absent.code]).toEqual([
    'benang: cannot read a result from /nowhere.json (ENOENT); name what benang load --json printed\n',
    1,
  ]);
  const one = await runBenang(['load', '--compare', file]);
  expect([one.stderr, one.code]).toEqual([
    'benang: --compare must be two files: BEFORE.json,AFTER.json; see --help\n',
    2,
  ]);
  const both = await runBenang(['load', '--compare', `${file},${file}`, '--json']);
  expect([both.stderr, both.code]).toEqual([
    'benang: --compare measures nothing and goes with no other option\n',
    2,
  ]);
});
