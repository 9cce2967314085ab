import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { interruption } from '../../src/load/interruption.ts';
import { progress } from '../../src/progress.ts';
import { describeSettings, integer, readSettings } from '../../src/settings.ts';
import { StartupError } from '../../src/startup-error.ts';
import { FaultOnConnection } from './fault.ts';
import { fuzz } from './fuzz.ts';
import { keepDeeds, readDeeds, replay } from './replay.ts';
import { describeOutcome } from './report.ts';
import type { Outcome } from './stage.ts';

const MOST_SEEDS = 2 ** 32;

const fuzzSettings = z.object({
  requests: integer(1, 1_000_000_000)
    .default(100_000)
    .meta({ value: 'N', description: 'about how many requests to make' }),
  seed: integer(0, MOST_SEEDS - 1)
    .optional()
    .meta({
      value: 'N',
      description: 'what the clients do follows from it; without it one is drawn, and shown',
    }),
  connections: integer(1, 1000).default(20).meta({ value: 'N', description: 'connections at a time' }),
  only: integer(0, 999).optional().meta({
    value: 'N',
    description: 'let only client N come, to see whether a fault needs the others',
  }),
  replay: z.string().optional().meta({
    value: 'FILE',
    description: 'do once more what one connection did, from the file that was kept when it met a fault',
  }),
  json: z.boolean().default(false).meta({ description: 'print the result as JSON', flagOnly: true }),
});

const intro = `Usage: npm run fuzz -- [options]

Starts a server on a temporary folder and lets clients loose on it that send right, wrong and damaged requests and noise,
cut anywhere, and break off in every way. Every reply must be the one that the protocol demands, every acknowledged
message must be received, nothing may die or hang, and the server must take no more of the machine than before.
Exit code 1 when anything was wrong; then it says how to see it again.

${describeSettings(fuzzSettings)}
`;

async function run(args: readonly string[]): Promise<number> {
  const settings = readSettings(fuzzSettings, args, process.env);
  const { seed = randomInt(MOST_SEEDS), requests, connections, only } = settings;
  if (only !== undefined && only >= connections) {
    throw new StartupError(`--only must be below the number of connections, ${connections}`, { exitCode: 2 });
  }
  const kept = settings.replay === undefined ? undefined : readDeeds(settings.replay);
  const interrupted = interruption();
  const common = { serverArgs: [], progress, visitors: kept?.visitors ?? connections };
  const outcome = kept
    ? await replay(kept, common)
    : await fuzz({ ...common, seed, requests, only, interrupted });
  progress('', true);
  const shown = { ...outcome, seed, faults: outcome.faults.map(({ message }) => message) };
  process.stdout.write(`${settings.json ? JSON.stringify(shown) : describeOutcome(outcome, seed)}\n`);
  if (outcome.faults.length === 0) return 0;
  if (!kept) explain(outcome, { seed, requests, connections });
  return 1;
}

/** Tells how to see the first fault again. */
function explain(
  { faults }: Outcome,
  { seed, requests, connections }: { seed: number; requests: number; connections: number },
): void {
  const again = 'npm run fuzz --';
  const flags = `--seed ${seed} --requests ${requests} --connections ${connections}`;
  const lines = [`the same once more:        ${again} ${flags}`];
  const fault = faults.find((found) => found instanceof FaultOnConnection);
  if (fault) {
    const path = keepDeeds(fault.deeds, { seed, visitors: connections });
    lines.push(
      `without the other clients: ${again} ${flags} --only ${fault.deeds.visitor}`,
      `only that connection:      ${again} --replay ${path}`,
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) process.stdout.write(intro);
else {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`fuzz: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
