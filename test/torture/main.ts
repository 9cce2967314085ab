/**
 * The long form of the torture:
 *
 *   npm run torture -- [--listeners] [--full] [--duration 20m] [--clients 24] [--seed N] [--sabotage NAME] [--folder DIR]
 *
 * Exit code 0 when every acknowledged message was delivered, in order, and nothing else; 1 when not; the clients' logs are
 * then kept and can be judged again with --check FOLDER.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { progress } from '../../src/progress.ts';
import { describeSettings, duration, integer, readSettings } from '../../src/settings.ts';
import { check, isFaultless } from './checker.ts';
import { tortureListeners } from './listeners.ts';
import { readLogs } from './record.ts';
import { describeFindings, describeListeners, describeTorture } from './report.ts';
import { buildBroken, type Sabotage, sabotages } from './sabotage.ts';
import { type TortureOptions, torture } from './torture.ts';

const settings = z.object({
  duration: duration.prefault('20m').meta({ value: 'TIME', description: 'how long to disturb' }),
  clients: integer(2, 200).default(24).meta({ value: 'N', description: 'clients at once' }),
  listeners: z.boolean().default(false).meta({
    description:
      'let the clients listen and write to groups too, and compare what each heard with the database',
    flagOnly: true,
  }),
  full: z.boolean().default(false).meta({
    description:
      'begin with inboxes, groups and logins filled to their limits, and with a client that asks for all of that',
    flagOnly: true,
  }),
  seed: integer(0, 2 ** 32 - 1)
    .optional()
    .meta({ value: 'N', description: 'do the same again; without it another each time' }),
  sabotage: z
    .enum(Object.keys(sabotages) as [Sabotage, ...Sabotage[]], `must be ${Object.keys(sabotages).join(', ')}`)
    .optional()
    .meta({ value: 'NAME', description: `break the server first: ${Object.keys(sabotages).join(', ')}` }),
  folder: z
    .string()
    .optional()
    .meta({ value: 'DIR', description: 'where to keep data and logs, such as a small tmpfs' }),
  check: z
    .string()
    .optional()
    .meta({ value: 'DIR', description: "only judge the clients' logs of an earlier run" }),
});

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`Usage: npm run torture -- [options]\n\n${describeSettings(settings)}\n`);
} else {
  const given = readSettings(settings, args, {});
  process.exitCode = given.check ? judge(given.check) : await run(given);
}

function judge(folder: string): number {
  const findings = check(readLogs(join(folder, 'clients')));
  process.stdout.write(`${describeFindings(findings)}\n`);
  return isFaultless(findings) ? 0 : 1;
}

async function runReaders(options: TortureOptions): Promise<boolean> {
  const result = await torture(options);
  progress('', true);
  process.stdout.write(`${describeTorture(result)}\n`);
  return isFaultless(result.findings);
}

async function runListeners(options: TortureOptions): Promise<boolean> {
  const result = await tortureListeners(options);
  progress('', true);
  process.stdout.write(`${describeListeners(result)}\n`);
  return result.problems.length === 0;
}

async function run(given: z.output<typeof settings>): Promise<number> {
  const seed = given.seed ?? randomInt(2 ** 32);
  if (given.folder) mkdirSync(given.folder, { recursive: true });
  const folder = mkdtempSync(join(given.folder ?? tmpdir(), 'benang-torture-'));
  let root = join(import.meta.dirname, '../..');
  process.stdout.write(`seed ${seed}, ${given.clients} clients, ${given.duration / 1000} s, in ${folder}\n`);
  if (given.sabotage) {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    buildBroken(root, broken, given.sabotage);
    root = broken;
    process.stdout.write(`against a server broken on purpose: ${given.sabotage}\n`);
  }
  try {
    const options = { ...given, seed, root, folder, progress };
    const faultless = await (given.listeners ? runListeners(options) : runReaders(options));
    if (faultless) rmSync(folder, { recursive: true, force: true });
    else process.stdout.write(`the logs are in ${folder}\n`);
    return faultless ? 0 : 1;
  } catch (error) {
    process.stdout.write(
      `\n${error instanceof Error ? error.message : error}; everything is in ${folder}, seed ${seed}\n`,
    );
    return 1;
  }
}
