import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exitOnSignals } from '../exit-on-signals.ts';
import { StartupError } from '../startup-error.ts';

export interface LoadAccount {
  readonly username: string;
  readonly password: string;
}

export interface LoadTarget {
  readonly host: string;
  readonly port: number;
  /** Of a server of our own. */
  readonly pid: number | undefined;
  readonly accounts: readonly LoadAccount[];
  /** Ends a server of our own and removes its folder. */
  stop(): Promise<void>;
}

export interface OwnServer extends LoadTarget {
  readonly pid: number;
  /** Its data folder. */
  readonly folder: string;
  /** Resolves to its exit code when it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** An account as an accounts file has it. */
export interface OwnAccount extends LoadAccount {
  readonly nama: string;
  readonly negara: string;
}

/** So many accounts, with a password that nobody knows. */
export function freshAccounts(count: number): OwnAccount[] {
  const password = randomBytes(12).toString('hex');
  return Array.from({ length: count }, (_, index) => {
    const username = `load${index}`;
    return { username, nama: `Load ${username}`, negara: 'Nowhere', password };
  });
}

export interface OwnServerOptions {
  readonly logLevel?: string;
  readonly args?: readonly string[];
  readonly onLog?: (line: string) => void;
  /** The folder that the temporary one is made in. */
  readonly within?: string;
  /** Called with the data folder before the server starts, to put a database there; the accounts are then those in it. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/**
 * Starts a server of this program with these accounts on a temporary folder and a free port. Its log goes to our stderr,
 * or line by line to `onLog`.
 */
export async function startOwnServer(
  root: string,
  accounts: readonly OwnAccount[],
  { logLevel = 'warn', args: further = [], onLog, within = tmpdir(), prepare }: OwnServerOptions = {},
): Promise<OwnServer> {
  const folder = await mkdtemp(join(within, 'benang-load-'));
  await prepare?.(folder);
  const args = ['serve', '--port', '0', '--data', folder, '--log-level', logLevel, ...further];
  if (accounts.length > 0) {
    const file = join(folder, 'accounts.json');
    await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
    args.push('--accounts', file);
  }
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', onLog ? 'pipe' : 'inherit'],
    env: withoutSettings(process.env),
    // Its own group, so that Ctrl-C reaches only us and we end it when we have finished with it.
    detached: true,
  });
  // Ctrl-C pressed twice, a terminal that is closed, or a crash of ours: nothing is left behind all the same.
  const cleanUp = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  const undo = exitOnSignals();
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const logged = new Promise<void>((resolve) => {
    if (onLog) createInterface({ input: child.stderr! }).on('line', onLog).once('close', resolve);
    else resolve();
  });
  // Not before its last log line has come.
  const ended = Promise.all([exited, logged]).then(([code]) => code);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
    process.off('exit', cleanUp);
    undo();
  };
  for await (const line of createInterface({ input: child.stdout! })) {
    const match = /^benang listening on \[?(.*?)\]?:(\d+)$/.exec(line);
    if (match) {
      return { host: match[1]!, port: Number(match[2]), pid: child.pid!, folder, accounts, ended, stop };
    }
  }
  await stop();
  throw new StartupError('the server for the load run did not start; see its message above');
}

/** The environment without settings meant for another server. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BENANG_')));
}
