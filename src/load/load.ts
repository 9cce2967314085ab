import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { progress } from '../progress.ts';
import { duration, integer, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { tlsOptions, tlsSettings } from '../tls-settings.ts';
import { interruption } from './interruption.ts';
import { measure } from './measure.ts';
import { freshAccounts, type LoadAccount, type LoadTarget, startOwnServer } from './own-server.ts';
import { describeResult, isCorrect } from './report.ts';

const loadSettings = z.object({
  connections: integer(1, 10_000).default(50).meta({ value: 'N', description: 'connections at once' }),
  duration: duration.prefault('10s').meta({ value: 'TIME', description: 'how long to measure' }),
  target: z
    .string()
    .regex(/^.+:\d+$/, 'must be HOST:PORT')
    .optional()
    .meta({
      value: 'HOST:PORT',
      description: 'a running server; without it one is started on a temporary folder',
    }),
  accounts: z
    .string()
    .optional()
    .meta({ value: 'FILE', description: "the target's accounts, as its own --accounts has them" }),
  ...tlsSettings,
  json: z.boolean().default(false).meta({ description: 'print the result as JSON', flagOnly: true }),
});

export const load: Subcommand = {
  settings: loadSettings,
  intro: `Measures a server under load and checks what it answers. Each connection logs in, then sends a message, reads
its inbox and looks who is online, over and over, each request behind the reply to the one before. In the end every
acknowledged message must have been received, once, in order per sender. Exit code 1 when anything was wrong.`,

  async run(args, root) {
    const settings = readSettings(loadSettings, args, process.env);
    const tls = tlsOptions(settings);
    if (tls && !settings.target) {
      throw new StartupError('--tls and --ca need --target: a server of its own has no certificate', {
        exitCode: 2,
      });
    }
    const fixed = settings.target ? await fixedTarget(settings.target, settings.accounts) : undefined;
    const interrupted = interruption();
    if (!fixed) progress(`starting a server with ${settings.connections} accounts`);
    const target = fixed ?? (await startOwnServer(root, freshAccounts(settings.connections)));
    if (!fixed) progress(`server on ${target.host}:${target.port}, process ${target.pid}`, true);
    try {
      const result = await measure({ ...settings, ...target, tls, interrupted });
      process.stdout.write(`${settings.json ? JSON.stringify(result) : describeResult(result)}\n`);
      return isCorrect(result) ? 0 : 1;
    } finally {
      await target.stop();
    }
  },
};

async function fixedTarget(target: string, accountsFile: string | undefined): Promise<LoadTarget> {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(target)!;
  const accounts = await readAccounts(accountsFile);
  return { host: host!, port: Number(port), pid: undefined, accounts, stop: async () => {} };
}

async function readAccounts(file: string | undefined): Promise<LoadAccount[]> {
  if (!file) throw new StartupError('--target needs --accounts with users of that server', { exitCode: 2 });
  try {
    const schema = z.array(z.object({ username: z.string(), password: z.string() })).min(1);
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    throw new StartupError(`${file} must be a readable JSON list of {"username", "password"}`);
  }
}
