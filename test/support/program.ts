import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { cleanEnvironment } from './environment.ts';
import { tempFolder } from './temp-folder.ts';

export const root = join(import.meta.dirname, '../..');
export const executable = join(root, 'dist/main.js');

const running = new Set<ChildProcess>();

afterEach(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGKILL')));
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }
  running.delete(child);
  return child.exitCode;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `input` on its stdin. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { input = '' as string | Buffer, cwd = root, env = cleanEnvironment() } = {},
): Promise<Finished> {
  const child = spawn(command, args, { cwd, env });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {}).end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  running.delete(child);
  return { code, stdout, stderr };
}

/** Runs the built executable to its end. */
export const runBenang = (
  args: readonly string[],
  options?: Parameters<typeof runToEnd>[2],
): Promise<Finished> => runToEnd(process.execPath, [executable, ...args], options);

export interface TestProgram {
  readonly pid: number;
  /** Resolves when it has written `text` to stdout. Rejects when it ends before. */
  printed(text: string): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Starts a program; it is killed when the test has ended, if it still runs. */
export function startProgram(
  command: string,
  args: readonly string[],
  { cwd = root, env = cleanEnvironment() } = {},
): TestProgram {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    pid: child.pid!,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.once('close', (code) => reject(new Error(`it ended with ${code}: ${stderr}`)));
        look();
      }),
    kill: async () => void (await end(child, 'SIGKILL')),
  };
}

export interface TestServer {
  readonly port: number;
  readonly pid: number;
  readonly data: string;
  /** What it has written to its log so far. */
  log(): string;
  /** Resolves when the log holds `text`. */
  logged(text: string): Promise<void>;
  /** Ends it as an operator would; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Resolves to the exit code when it ends by itself. */
  readonly ended: Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

/**
 * Starts the built executable as a server on a free port; it is killed when the test has ended, if it still runs. `limit`: what
 * bash's ulimit takes, such as `-n 64`.
 */
export async function startServer({
  data = tempFolder(),
  args = [] as readonly string[],
  env = {} as NodeJS.ProcessEnv,
  limit = '',
} = {}): Promise<TestServer> {
  const command = [process.execPath, executable, 'serve', '--port', '0', '--data', data, ...args];
  const limited = limit === '' ? command : ['bash', '-c', `ulimit ${limit}; exec "$@"`, '--', ...command];
  const child = spawn(limited[0]!, limited.slice(1), {
    env: cleanEnvironment({ BENANG_SPARE_THREADS: '4', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let log = '';
  const watchers = new Set<() => void>();
  child.stderr.on('data', (chunk) => {
    log += chunk;
    for (const watcher of watchers) watcher();
  });
  const port = await new Promise<number>((resolve, reject) => {
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      const match = /^benang listening on \S+:(\d+)\n/.exec(stdout);
      if (match) resolve(Number(match[1]));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${log}`)));
  });
  return {
    port,
    pid: child.pid!,
    data,
    log: () => log,
    logged: (text) =>
      new Promise((resolve) => {
        const watcher = (): void => {
          if (!log.includes(text)) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
    ended: new Promise((resolve) => child.once('exit', resolve)),
    stop: () => end(child, 'SIGTERM'),
    kill: async () => void (await end(child, 'SIGKILL')),
  };
}
