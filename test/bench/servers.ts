import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOwnServer } from '../../src/load/own-server.ts';
import type { calls as commitCalls } from './commit-program.ts';
import type { EchoOptions, calls as echoCalls } from './echo-program.ts';
import { Helper } from './helper.ts';
import type { ReplyShape } from './loop.ts';
import { type Login, seed } from './seed.ts';

/** A server in a process of its own, on this machine. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly reply: ReplyShape;
  stop(): Promise<void>;
}

export interface ChatServer extends Server {
  readonly logins: readonly Login[];
}

export interface EchoServer extends Server {
  /** From now on lines are answered with so many bytes, by their first letter. */
  size(lengths: Record<string, number>): Promise<void>;
}

const letter = (text: string): number => text.charCodeAt(0);
/** `{"status": "OK", …}`, and not "ERROR". */
const CHAT_REPLY: ReplyShape = { end: '\r\n\r\n', good: { at: '{"status": "'.length, byte: letter('O') } };
/** A number, and not `-ERR …`. */
const REDIS_REPLY: ReplyShape = { end: '\r\n', good: { at: 0, byte: letter(':') } };

const programs = import.meta.dirname;

/** With `maxThreads` a thread for each connection, up to so many; else one thread. */
export async function startEcho(options: EchoOptions): Promise<EchoServer> {
  const helper = new Helper<typeof echoCalls>(join(programs, 'echo-program.ts'));
  const port = await helper.call('listen', options);
  return {
    host: '127.0.0.1',
    port,
    pid: helper.pid,
    reply: CHAT_REPLY,
    size: async (lengths) => helper.call('size', lengths),
    stop: () => helper.stop(),
  };
}

/**
 * Starts benang as it was built, with so many accounts that are logged in. Without spare threads, for what they shorten, the wait
 * for a thread, is over when the load begins.
 */
export async function startBenang(
  { root, folder }: { readonly root: string; readonly folder: string },
  accounts: number,
  args: readonly string[] = [],
): Promise<ChatServer> {
  let logins: readonly Login[] = [];
  const prepare = async (data: string): Promise<void> => {
    logins = await seed(data, accounts);
  };
  const options = { within: folder, prepare, args: ['--spare-threads', '0', ...args] };
  const server = await startOwnServer(root, [], options);
  const { host, port, pid } = server;
  return { host, port, pid, reply: CHAT_REPLY, logins, stop: () => server.stop() };
}

/** The bare database in a process of its own. */
export interface Database {
  readonly pid: number;
  /** Commits one message after the other for so long. */
  commit(ms: number): Promise<{ commits: number; seconds: number }>;
  stop(): Promise<void>;
}

export function startDatabase(folder: string): Database {
  const helper = new Helper<typeof commitCalls>(join(programs, 'commit-program.ts'), [folder]);
  return {
    pid: helper.pid,
    commit: (ms) => helper.call('commit', { ms }),
    stop: () => helper.stop(),
  };
}

/** "Redis 7.0.15", or undefined when it is not installed. */
export function redisVersion(): string | undefined {
  const { stdout, status } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return status === 0 ? `Redis ${/v=(\S+)/.exec(stdout)?.[1] ?? ''}`.trim() : undefined;
}

/** Starts a Redis that answers OK when it is on the disk, on a free port and a folder within `folder`. */
export async function startRedis(folder: string): Promise<Server> {
  const dir = mkdtempSync(join(folder, 'redis-'));
  const port = await freePort();
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'auto-aof-rewrite-percentage': '0',
    loglevel: 'warning',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off('exit', kill);
    rmSync(dir, { recursive: true, force: true });
  };
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error('redis-server did not start; see its message above');
    await sleep(50);
  }
  return { host: '127.0.0.1', port, pid: child.pid!, reply: REDIS_REPLY, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
