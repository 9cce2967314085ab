import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { NotTextError, plainText } from '../plain-text.ts';
import { StartupError } from '../startup-error.ts';
import { describeMix } from './mix.ts';
import { isStrained } from './remarks.ts';
import { describeRun } from './report.ts';
import { isCorrect, type LoadResult, loadResult, RESULT_FORMAT } from './result.ts';
import type { Timing } from './timings.ts';

/**
 * Reads what `--json` printed.
 *
 * @throws StartupError when it is something else.
 */
export async function readResult(file: string): Promise<LoadResult> {
  let content: unknown;
  try {
    content = JSON.parse(plainText(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`${file} ${error.message}`);
    const reason =
      error instanceof SyntaxError
        ? 'it is not JSON'
        : ((error as NodeJS.ErrnoException).code ?? 'no reason given');
    throw new StartupError(
      `cannot read a result from ${file} (${reason}); name what benang load --json printed`,
    );
  }
  const format = z.object({ format: z.number() }).safeParse(content).data?.format;
  if (format !== undefined && format !== RESULT_FORMAT) {
    throw new StartupError(
      `${file} has format ${format}, and this program compares format ${RESULT_FORMAT}: measure anew`,
    );
  }
  const result = loadResult.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : '';
  throw new StartupError(`${file} is not what benang load --json printed (${place}${issue!.message})`);
}

const measures: readonly [name: string, of: (timing: Timing) => number, digits: number][] = [
  ['req/s', ({ perSecond }) => perSecond, 0],
  ['p50 ms', ({ p50 }) => p50, 2],
  ['p90 ms', ({ p90 }) => p90, 2],
  ['p99 ms', ({ p99 }) => p99, 2],
  ['p99.9 ms', ({ p999 }) => p999, 2],
  ['max ms', ({ max }) => max, 2],
];

/** Two results side by side, for people. */
export function describeComparison(before: LoadResult, after: LoadResult): string {
  const rows = before.timings.flatMap((old) => {
    const fresh = after.timings.find(({ command }) => command === old.command);
    if (!fresh) return [];
    return measures.map(([name, of, digits], index) => [
      index === 0 ? old.command : '',
      name,
      of(old).toFixed(digits),
      of(fresh).toFixed(digits),
      of(old) > 0 ? (of(fresh) / of(old)).toFixed(2) : '',
    ]);
  });
  return [
    `before: ${describeRun(before)}`,
    `after:  ${describeRun(after)}`,
    '',
    ...[['', '', 'before', 'after', 'ratio'], ...rows].map((cells) =>
      cells
        .map((cell, column) => (column < 2 ? cell.padEnd(9) : cell.padStart(12)))
        .join('')
        .trimEnd(),
    ),
    ...[...differences(before, after), ...doubts('before', before), ...doubts('after', after)].map(
      (sentence, index) => `${index === 0 ? '\n' : ''}note: ${sentence}`,
    ),
  ].join('\n');
}

const LENGTHS_ALIKE = 0.8;

/** What makes two runs unlike, so that their figures are not to be compared. */
export function differences(before: LoadResult, after: LoadResult): string[] {
  const aspects: readonly [name: string, of: (result: LoadResult) => string][] = [
    ['connections', ({ connections }) => String(connections)],
    ['idle connections', ({ idle }) => String(idle.connections)],
    ['loop', ({ rate }) => (rate === undefined ? 'closed' : `open at ${rate} requests/s`)],
    ['mix', ({ mix }) => describeMix(mix)],
    ['requests in flight', ({ depth }) => String(depth)],
    ['ramp-up', ({ rampUpSeconds }) => `${rampUpSeconds} s`],
    ['client threads', ({ threads }) => String(threads)],
  ];
  const found = aspects
    .filter(([, of]) => of(before) !== of(after))
    .map(([name, of]) => `${name}: ${of(before)} before, ${of(after)} after`);
  const lengths = [before.seconds, after.seconds].sort((a, b) => a - b) as [number, number];
  if (lengths[0] < LENGTHS_ALIKE * lengths[1]) {
    found.push(`length: ${before.seconds.toFixed(1)} s before, ${after.seconds.toFixed(1)} s after`);
  }
  return found.length === 0 ? [] : [`the runs are not alike (${found.join('; ')})`];
}

function doubts(name: string, result: LoadResult): string[] {
  return [
    ...(isCorrect(result) ? [] : [`something was wrong in the run ${name}`]),
    ...(result.interrupted ? [`the run ${name} ended before its time`] : []),
    ...(isStrained(result) ? [`the run ${name} is the load tester's own limit`] : []),
  ];
}
