import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { calls as echoCalls } from './echo-program.ts';
import { Helper } from './helper.ts';
import type { ReplyShape } from './loop.ts';

/** A server in a process of its own, on this machine. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly reply: ReplyShape;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** `{"status": "OK", …}`, and not "ERROR". */
export const CHAT: ReplyShape = {
  end: '\r\n\r\n',
  good: { at: '{"status": "'.length, byte: 'O'.charCodeAt(0) },
  reply: /^\{"status": "OK"/,
  refusal: /^\{"status": "ERROR"/,
};

/** With a thread for each connection, or one for all. */
export async function startEcho(options: { threads: boolean; answer: string }): Promise<Server> {
  const helper = new Helper<typeof echoCalls>(join(import.meta.dirname, 'echo-program.ts'));
  const port = await helper.call('listen', options);
  return { host: HOST, port, pid: helper.pid, reply: CHAT, stop: () => helper.stop() };
}

/** A number, and not `-ERR …`. */
const REDIS: ReplyShape = {
  end: '\r\n',
  good: { at: 0, byte: ':'.charCodeAt(0) },
  reply: /^:/,
  refusal: /^-/,
};

/** "Redis 7.0.15", or undefined when it is not installed. */
export const redisVersion = (): string | undefined =>
  versionOf('redis-server', /v=(\S+)/, (version) => `Redis ${version}`);

/** Starts a Redis that answers OK when it is on the disk. */
export function startRedis(folder: string): Promise<Server> {
  const dir = mkdtempSync(join(folder, 'redis-'));
  return startProgram('redis-server', REDIS, dir, (port) => {
    const settings = {
      bind: HOST,
      port: String(port),
      dir,
      appendonly: 'yes',
      appendfsync: 'always',
      save: '',
      'auto-aof-rewrite-percentage': '0',
      loglevel: 'warning',
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  });
}

/** The end of the welcome is the one reply that is waited for. */
const IRC: ReplyShape = {
  end: '\r\n',
  good: { at: 0, byte: ':'.charCodeAt(0) },
  reply: /^:\S+ 376 /,
  refusal: /^(ERROR |:\S+ 4\d\d )/,
};

/** "ngircd 26.1", or undefined when it is not installed. */
export const ngircdVersion = (): string | undefined =>
  versionOf('ngircd', /ngIRCd ([\d.]+)/, (version) => `ngircd ${version}`);

/** Starts an ngircd that takes any number of clients from here and asks nobody who they are. */
export function startNgircd(folder: string): Promise<Server> {
  const dir = mkdtempSync(join(folder, 'ngircd-'));
  return startProgram('ngircd', IRC, dir, (port) => {
    const file = join(dir, 'ngircd.conf');
    const settings = `[Global]
Name = irc.localhost.localdomain
Info = benchmark
Listen = ${HOST}
Ports = ${port}
MotdPhrase = welcome
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
PingTimeout = 36000
[Options]
DNS = no
Ident = no
PAM = no
`;
    writeFileSync(file, settings);
    return ['--nodaemon', '--config', file];
  });
}

/** Where Debian has servers, which is not in everybody's PATH. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

function versionOf(program: string, pattern: RegExp, name: (version: string) => string): string | undefined {
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8', env });
  return status === 0 ? name(pattern.exec(stdout)?.[1] ?? '') : undefined;
}

/** Resolves when it takes connections on its port. `dir` is removed in the end. */
async function startProgram(
  program: string,
  reply: ReplyShape,
  dir: string,
  argsFor: (port: number) => string[],
): Promise<Server> {
  const port = await freePort();
  const child = spawn(program, argsFor(port), {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
    env,
  });
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
    if (child.exitCode !== null) throw new Error(`${program} did not start; see its message above`);
    await sleep(50);
  }
  return { host: HOST, port, pid: child.pid!, reply, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
