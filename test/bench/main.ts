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
import { Build, checkBuilt, LOGINS } from './build.ts';
import { drawChart } from './chart.ts';
import { Client } from './client.ts';
import { contestantsFor } from './contestants.ts';
import { judge, ROUNDS_TO_JUDGE } from './judge.ts';
import { loadAverage, machineHere } from './machine.ts';
import { describePace, paceOf } from './pace.ts';
import { partNames, parts, quickPart } from './parts/index.ts';
import type { Part } from './parts/part.ts';
import { describeResults } from './report.ts';
import type { Results, Series } from './results.ts';
import { Interrupted, Stage } from './stage.ts';

const WARM_CLIENT_MS = 3000;

const file = z.string().min(1, 'must not be empty').optional();

const benchSettings = z.object({
  quick: z.boolean().default(false).meta({
    description: 'a first impression in one or two minutes: durable sends with 100 connections, 2 rounds',
  }),
  only: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(partNames, `must be one or several of ${partNames.join(',')}`)))
    .optional()
    .meta({ value: 'PARTS', description: 'only these, with commas between them' }),
  against: file.meta({
    value: 'FOLDER',
    description: 'compare with another build as well: a checkout of another version with a dist/ of its own',
  }),
  rounds: integer(1, 1000)
    .optional()
    .meta({
      value: 'N',
      description: `how often neighbours are measured; without it ${ROUNDS_TO_JUDGE}, as many as a target needs to be judged`,
    }),
  idle: integer(100, 100_000)
    .default(10_000)
    .meta({ value: 'N', description: 'how many connections the part idle holds' }),
  memoryTime: duration
    .prefault('10m')
    .meta({ value: 'TIME', description: 'how long the part memory goes on, in each mode' }),
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
        'measure nothing, but show what --json printed earlier; of several, the last that has a row',
    }),
});
type BenchSettings = z.output<typeof benchSettings>;

const width = Math.max(...partNames.map((name) => name.length));
const intro = `Usage: npm run bench -- [options]

Measures benang beside Redis and ngircd, where they are installed, beside bare servers that echo, and with --against beside another
build of itself. All take turns in slices of load by the same client in a process of its own, because the machine's speed
changes from minute to minute: what counts is the ratio of neighbouring slices. Each is measured fresh, in the first seconds of a
server whose threads have just been made, and warm, behind a time under the same load; beside each rate stands what
a request takes of the processors. The whole takes about 25 minutes, and 40 with --against: leave the machine alone meanwhile.

Parts:
${partNames.map((name) => `  ${name.padEnd(width)}  ${parts[name].does}`).join('\n')}

${describeSettings(benchSettings)}

The exit code is 0 when no target was missed, 3 when one was, 1 when something could not be measured, 130 behind Ctrl-C.

  npm run bench -- --quick
  npm run bench -- --only send,live --against ../benang-before
  npm run --silent bench -- --json > today.json
  npm run bench -- --from today.json --chart docs/bench.svg
`;

const EXIT = { failed: 1, missed: 3, interrupted: 130 } as const;

/** The figures as far as they got; `code` is the exit code of the measuring alone. */
async function measure(settings: BenchSettings): Promise<{ results: Results; code: number }> {
  if (settings.against) checkBuilt(settings.against);
  const interrupted = interruption();
  if (settings.folder) mkdirSync(settings.folder, { recursive: true });
  const folder = mkdtempSync(join(settings.folder ?? tmpdir(), 'benang-bench-'));
  // Also when Ctrl-C is pressed twice. What the parts start ends likewise, see Helper and startOwnServer.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const machine = machineHere(folder);
  const before = loadAverage();
  const client = new Client();
  const pace = paceOf(settings);
  const stage = new Stage({ folder, client, interrupted, pace });
  if (machine.fileSystem === 'tmpfs') {
    stage.note(
      'The databases were in memory (tmpfs), where nothing is durable and a commit costs nothing; name another place with --folder.',
    );
  }
  const chosen = chosenParts(settings);
  const series: Series[] = [];
  let code: number = 0;
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    if (code === EXIT.interrupted) return;
    try {
      await work();
    } catch (error) {
      const stopped = error instanceof Interrupted;
      code = stopped ? EXIT.interrupted : EXIT.failed;
      const why = stopped ? 'interrupted' : `it failed: ${error instanceof Error ? error.message : error}`;
      stage.note(`${name}: not measured to its end, ${why}.`);
    }
  };
  await attempt('logins', () => prepare(stage, settings.against));
  if (stage.builds.length > 0) {
    stage.announce(chosen.reduce((sum, [, part]) => sum + part.seconds(stage), 0) / 60);
    for (const [name, part] of chosen) {
      await attempt(name, () => part.run(stage, (found) => series.push(found)));
    }
  }
  await client.stop();
  progress('', true);
  const { notes, missing } = stage;
  const rows = chosen.flatMap(([, part]) => part.rows);
  const load = [before, loadAverage()] as const;
  return { results: { machine, load, pace: describePace(pace), notes, rows, missing, series }, code };
}

/** Logs in to the builds, and has the client run until it is warm. */
async function prepare(stage: Stage, against: string | undefined): Promise<void> {
  const roots = { ours: join(import.meta.dirname, '../..'), other: against };
  for (const who of ['ours', 'other'] as const) {
    const root = roots[who];
    if (!root) continue;
    stage.say(`logging in, ${who === 'ours' ? 'here' : root}`);
    const build = await stage.during(Build.prepare(root, stage));
    stage.builds.push({ who, build });
  }
  if (!against) stage.missing.other = 'no other build was named (--against FOLDER)';
  stage.say('warming the client up');
  const echo = contestantsFor(stage, { command: 'inbox', connections: LOGINS }).at(-1)!;
  const running = await echo.open();
  try {
    await running.run(WARM_CLIENT_MS);
  } finally {
    await running.stop();
  }
}

const chosenParts = ({ only, quick }: BenchSettings): [string, Part][] =>
  quick && !only
    ? [['quick', quickPart]]
    : partNames
        .filter((name) => (only ? only.includes(name) : parts[name].byDefault))
        .map((name) => [name, parts[name]]);

/** What was kept of earlier runs; a row is taken as a whole from the last that has it, for only neighbours can be compared. */
function readResults(files: readonly string[]): Results {
  const kept = files.map((path): Results => {
    try {
      const results = JSON.parse(readFileSync(path, 'utf8')) as Results;
      if (results.machine && Array.isArray(results.series) && Array.isArray(results.rows)) return results;
    } catch (error) {
      throw new StartupError(`cannot read ${path} (${(error as Error).message}); name what --json printed`);
    }
    throw new StartupError(`${path} is not what --json of this version printed`);
  });
  const rows = new Map(kept.flatMap((results) => results.rows.map((row) => [row, results] as const)));
  return {
    ...kept.at(-1)!,
    notes: [...new Set(kept.flatMap(({ notes }) => notes))],
    rows: [...rows.keys()],
    series: [...rows].flatMap(([row, results]) => results.series.filter((series) => series.row === row)),
  };
}

async function run(args: readonly string[]): Promise<number> {
  const settings = readSettings(benchSettings, args, {});
  const { results, code } = settings.from
    ? { results: readResults(settings.from), code: 0 }
    : await measure(settings);
  process.stdout.write(`${settings.json ? JSON.stringify(results) : describeResults(results)}\n`);
  if (settings.chart) writeFileSync(settings.chart, drawChart(results));
  if (code !== 0) return code;
  return judge(results).some(({ met }) => met === false) ? EXIT.missed : 0;
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
