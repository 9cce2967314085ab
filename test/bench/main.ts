/**
 * The benchmark: npm run bench -- --help
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { interruption } from '../../src/load/interruption.ts';
import { progress } from '../../src/progress.ts';
import { describeSettings, duration, integer, readSettings } from '../../src/settings.ts';
import { StartupError } from '../../src/startup-error.ts';
import { drawChart } from './chart.ts';
import { Client } from './client.ts';
import { hasProc, machineHere } from './machine.ts';
import { describePace, paceOf } from './pace.ts';
import { type PartName, partNames, parts } from './parts/index.ts';
import { describeResults } from './report.ts';
import type { Figure, Results } from './results.ts';
import { Interrupted, Stage } from './stage.ts';

const file = z.string().min(1, 'must not be empty').optional();

const benchSettings = z.object({
  quick: z.boolean().default(false).meta({ description: 'a first impression, in less than a minute' }),
  only: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(partNames, `must be one or several of ${partNames.join(',')}`)))
    .optional()
    .meta({ value: 'PARTS', description: 'only these, with commas between them' }),
  rounds: integer(1, 1000).optional().meta({
    value: 'N',
    description: 'how often neighbours are measured; without it 10, and 3 in the quick run',
  }),
  memoryTime: duration
    .prefault('10m')
    .meta({ value: 'TIME', description: 'how long the part memory goes on' }),
  idle: integer(100, 100_000)
    .default(10_000)
    .meta({ value: 'N', description: 'how many connections the part idle holds' }),
  folder: file.meta({
    value: 'DIR',
    description: "where to keep the databases meanwhile; without it the system's folder for temporary files",
  }),
  chart: file.meta({ value: 'FILE', description: 'draw the ratios as SVG into this file' }),
  json: z.boolean().default(false).meta({ description: 'print every slice, as JSON' }),
  from: z
    .string()
    .transform((list) => list.split(','))
    .optional()
    .meta({
      value: 'FILES',
      description:
        'measure nothing, but show what --json printed earlier; of several, the last that has a figure',
    }),
});
type BenchSettings = z.output<typeof benchSettings>;

const width = Math.max(...partNames.map((name) => name.length));
const intro = `Usage: npm run bench -- [options]

Compares benang with what it could reach at best: bare servers that only echo, the bare database, a bare Worker. All servers
that are compared are up at the same time and take turns in short slices of load, by the same client in a process of its own,
because the machine's speed changes from minute to minute: what counts is the ratio of neighbouring slices. It prints the median
of the ratios, their middle half, the least and the most, beside the targets. The whole takes about an hour: leave the machine
alone meanwhile.

Parts, and those of them that a quick run has (*):
${partNames.map((name) => `  ${parts[name].quick ? '*' : ' '} ${name.padEnd(width)}  ${parts[name].does}`).join('\n')}

${describeSettings(benchSettings)}

  npm run bench -- --quick
  npm run bench -- --only threads,durable --rounds 20
  npm run --silent bench -- --json > today.json
  npm run bench -- --from today.json --chart docs/bench.svg
`;

/** The parts' figures as far as they got; `code` is the exit code. */
async function measure(settings: BenchSettings): Promise<{ results: Results; code: number }> {
  if (!hasProc()) throw new StartupError('the benchmark reads /proc, which only Linux has; run it there');
  const interrupted = interruption();
  if (settings.folder) mkdirSync(settings.folder, { recursive: true });
  const folder = mkdtempSync(join(settings.folder ?? tmpdir(), 'benang-bench-'));
  // Also when Ctrl-C is pressed twice. What the parts start ends likewise, see Helper and startOwnServer.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const machine = machineHere(folder);
  const client = new Client();
  const root = join(import.meta.dirname, '../..');
  const pace = paceOf(settings);
  const stage = new Stage({ root, folder, client, interrupted, pace });
  if (machine.fileSystem === 'tmpfs') {
    stage.note(
      'The databases were in memory (tmpfs), where nothing is durable and a commit costs nothing; name another place with --folder.',
    );
  }
  if (settings.quick) {
    stage.note('A quick run is a first impression: nothing has been loaded for long enough to be warm.');
  }
  const figures: Figure[] = [];
  let code = 0;
  for (const name of chosenParts(settings)) {
    progress(`${name}: ${parts[name].does}`, true);
    try {
      await parts[name].run(stage, (figure) => figures.push(figure));
    } catch (error) {
      const stopped = error instanceof Interrupted;
      code = stopped ? 130 : 1;
      const why = stopped ? 'interrupted' : `it failed: ${error instanceof Error ? error.message : error}`;
      stage.note(`${name}: not measured to its end, ${why}.`);
      if (stopped) break;
    }
  }
  await client.stop();
  progress('', true);
  return { results: { machine, pace: describePace(pace), notes: stage.notes, figures }, code };
}

const chosenParts = ({ only, quick }: BenchSettings): PartName[] =>
  partNames.filter((name) => (only ? only.includes(name) : !quick || parts[name].quick));

/** What was kept of earlier runs, with the last of each figure. */
function readResults(files: readonly string[]): Results {
  const kept = files.map((path): Results => {
    try {
      const { machine, pace, notes, figures } = JSON.parse(readFileSync(path, 'utf8')) as Results;
      if (machine && Array.isArray(notes) && Array.isArray(figures)) return { machine, pace, notes, figures };
    } catch (error) {
      throw new StartupError(`cannot read ${path} (${(error as Error).message}); name what --json printed`);
    }
    throw new StartupError(`${path} is not what --json printed`);
  });
  const figures = new Map<string, Figure>();
  for (const figure of kept.flatMap((results) => results.figures)) {
    figures.set([figure.group, figure.row, figure.series].join('\n'), figure);
  }
  const notes = [...new Set(kept.flatMap((results) => results.notes))];
  const { machine, pace } = kept.at(-1)!;
  return { machine, pace, notes, figures: [...figures.values()] };
}

async function run(args: readonly string[]): Promise<number> {
  const settings = readSettings(benchSettings, args, {});
  const { results, code } = settings.from
    ? { results: readResults(settings.from), code: 0 }
    : await measure(settings);
  process.stdout.write(`${settings.json ? JSON.stringify(results) : describeResults(results)}\n`);
  if (settings.chart) writeFileSync(settings.chart, drawChart(results));
  return code;
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) process.stdout.write(intro);
else {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
