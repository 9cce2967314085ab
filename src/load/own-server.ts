import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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
}

/** Starts a server of this program with fresh accounts on a temporary folder and a free port. */
export async function startOwnServer(
  root: string,
  accountCount: number,
  { logLevel = 'warn', args: further = [] as readonly string[] } = {},
): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'benang-load-'));
  const password = randomBytes(12).toString('hex');
  const accounts = Array.from({ length: accountCount }, (_, index) => ({
    username: `load${index}`,
    password,
  }));
  const file = join(folder, 'accounts.json');
  const entries = accounts.map((account) => ({
    ...account,
    nama: `Load ${account.username}`,
    negara: 'Nowhere',
  }));
  await writeFile(file, JSON.stringify(entries), { mode: 0o600 });
  const args = [
    'serve',
    '--port',
    '0',
    '--data',
    folder,
    '--accounts',
    file,
    '--log-level',
    logLevel,
    ...further,
  ];
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutSettings(process.env),
    // Its own group, so that Ctrl-C reaches only us and we end it when we have finished with it.
    detached: true,
  });
  // Ctrl-C pressed twice, or a crash of ours: nothing is left behind all the same.
  const cleanUp = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
    process.off('exit', cleanUp);
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^benang listening on \[?(.*?)\]?:(\d+)$/.exec(line);
    if (match) return { host: match[1]!, port: Number(match[2]), pid: child.pid!, folder, accounts, stop };
  }
  await stop();
  throw new StartupError('the server for the load run did not start; see its message above');
}

/** The environment without settings meant for another server. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BENANG_')));
}
