import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { say } from '../output.ts';
import { NotTextError, plainText } from '../plain-text.ts';
import { progress } from '../progress.ts';
import { readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { tlsOptions } from '../tls-settings.ts';
import { describeComparison, readResult } from './compare.ts';
import { interruption } from './interruption.ts';
import { loadSettings } from './load-settings.ts';
import { measure } from './measure.ts';
import { freshAccounts, type LoadAccount, type LoadTarget, startOwnServer } from './own-server.ts';
import { describeResult } from './report.ts';
import { isCorrect } from './result.ts';
import { accountsFor } from './seats.ts';

/** More client threads than this would, without being asked for, take the machine from a server that runs on it too. */
const MOST_THREADS = 4;

export const load: Subcommand = {
  settings: loadSettings,
  intro: `Measures a server under load and checks what it answers. Each connection logs in, then sends a message, reads its inbox and
looks who is online, over and over. In the end every acknowledged message must have been received, once, in order per
sender. Exit code 1 when anything was wrong.

In a closed loop each request waits for the reply to the one before, so a slow server is asked less. With --rate requests are
due at fixed times, as when users do not wait for each other, and latency counts from when a request was due: also what
could not be sent because the server was slow shows as late. The result says so when the tester itself was the limit.

  benang load --connections 200 --duration 30s
  benang load --rate 2000 --connections 100 --ramp-up 5s
  benang load --mix send=3,inbox=1 --depth 8
  benang load --connections 20 --idle 1000
  benang load --target 127.0.0.1:8889 --accounts data/users.json

Before and after a change:

  benang load --json > before.json
  benang load --json > after.json
  benang load --compare before.json,after.json`,

  async run(args, root) {
    const settings = readSettings(loadSettings, args, process.env);
    if (settings.compare) return compare(settings.compare, args);
    const { connections, idle } = settings;
    const tls = tlsOptions(settings);
    if (tls && !settings.target) {
      throw new StartupError('--tls and --ca need --target: a server of its own has no certificate', {
        exitCode: 2,
      });
    }
    const fixed = settings.target ? await fixedTarget(settings.target, settings.accounts) : undefined;
    const interrupted = interruption();
    interrupted.addEventListener('abort', () => progress('ending; once more to end at once', true));
    const accounts = accountsFor(connections, idle);
    if (!fixed) progress(`starting a server with ${accounts} accounts`);
    const target = fixed ?? (await startOwnServer(root, freshAccounts(accounts)));
    if (!fixed) progress(`server on ${target.host}:${target.port}, process ${target.pid}`, true);
    try {
      const threads = settings.threads ?? Math.min(MOST_THREADS, availableParallelism(), connections);
      const result = await measure({ ...settings, ...target, threads, tls, interrupted, root });
      say(settings.json ? JSON.stringify(result) : describeResult(result));
      return isCorrect(result) ? 0 : 1;
    } finally {
      await target.stop();
    }
  },
};

async function compare([before, after]: readonly [string, string], args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg.startsWith('--') && !arg.startsWith('--compare'))) {
    throw new StartupError('--compare measures nothing and goes with no other option', { exitCode: 2 });
  }
  say(describeComparison(await readResult(before), await readResult(after)));
  return 0;
}

async function fixedTarget(target: string, accountsFile: string | undefined): Promise<LoadTarget> {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(target)!;
  const accounts = await readAccounts(accountsFile);
  return { host: host!, port: Number(port), pid: undefined, accounts, stop: async () => {} };
}

async function readAccounts(file: string | undefined): Promise<LoadAccount[]> {
  if (!file) throw new StartupError('--target needs --accounts with users of that server', { exitCode: 2 });
  try {
    const schema = z.array(z.object({ username: z.string(), password: z.string() })).min(1);
    return schema.parse(JSON.parse(plainText(await readFile(file, 'utf8'))));
  } catch (error) {
    if (error instanceof NotTextError) throw new StartupError(`${file} ${error.message}`);
    throw new StartupError(`${file} must be a readable JSON list of {"username", "password"}`);
  }
}
