import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { executable, runBenang, startProgram, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const operate = (command: string, data: string, ...args: string[]) =>
  runBenang([command, ...args, '--data', data]);

test('top shows who is in which thread, once, as text and as JSON', async () => {
  const server = await startServer({ args: ['--spare-threads', '0'] });
  const wire = await Wire.open(server.port);
  await wire.login('messi');
  const text = await operate('top', server.data, '--interval', '200ms');
  expect(text.stdout).toContain(`benang, process ${server.pid}, up`);
  expect(text.stdout).toContain('1 connections of at most 10000 (0 waiting) in 1 threads');
  expect(text.stdout).toMatch(/^ {5}1 {11}1 messi {18}idle /m);
  const json = JSON.parse((await operate('top', server.data, '--interval', '200ms', '--json')).stdout);
  expect(json).toMatchObject({
    pid: server.pid,
    open: 1,
    died: 0,
    totals: { requests: 1, replies: 1, connections: 1 },
  });
  expect(json.threads).toMatchObject([
    { thread: 1, connection: '1', user: 'messi', state: 'idle', queue: 0 },
  ]);
  expect(json.threads[0].heap).toBeGreaterThan(1_000_000);
});

test('kick drops a user or a connection; the login stays valid', async () => {
  const server = await startServer();
  const [messi, lineker, stranger] = await Promise.all([0, 1, 2].map(() => Wire.open(server.port)));
  const token = await messi!.login('messi');
  await lineker!.login('lineker');
  await stranger!.ask('nonsense');
  const { stdout } = await operate('kick', server.data, 'messi');
  expect(stdout).toMatch(/^dropped connection \d+\n$/);
  await messi!.rest();
  const status = JSON.parse((await operate('top', server.data, '--interval', '100ms', '--json')).stdout);
  const { connection } = status.threads.find(({ user }: { user: string }) => user === 'lineker');
  expect((await operate('kick', server.data, connection)).code).toBe(0);
  await lineker!.rest();
  expect(await stranger!.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
  expect(server.log()).toContain('kicked by the operator');
  const nobody = await operate('kick', server.data, 'nobody');
  expect([nobody.stderr, nobody.code]).toEqual([
    'benang: there is no connection of nobody; benang top shows who is there\n',
    1,
  ]);
});

test('a connection that only ever used a token is its user’s, for top, kick and disable', async () => {
  const server = await startServer();
  const [messi, other, lineker] = await Promise.all([0, 1, 2].map(() => Wire.open(server.port)));
  const token = await messi!.login('messi');
  await other!.ask(`inbox ${token}`);
  await lineker!.login('lineker');
  await lineker!.ask(`inbox ${token}`);
  const { threads } = JSON.parse(
    (await operate('top', server.data, '--interval', '100ms', '--json')).stdout,
  ) as { threads: { user: string }[] };
  expect(
    threads
      .map(({ user }) => user)
      .filter(Boolean)
      .sort(),
  ).toEqual(['messi', 'messi', 'messi, lineker']);
  expect((await operate('kick', server.data, 'messi')).stdout).toMatch(
    /^dropped connection \d+, \d+, \d+\n$/,
  );
  await Promise.all([messi!.rest(), other!.rest(), lineker!.rest()]);
  const again = await Wire.open(server.port);
  await again.ask(`inbox ${token}`);
  expect((await operate('user', server.data, 'disable', 'messi')).stdout).toBe(
    'disabled messi; sessions ended: 1, connections dropped: 1\n',
  );
  await again.rest();
});

test('stop ends the server in order and returns when it has ended', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const { stdout, code } = await operate('stop', server.data);
  expect([stdout, code]).toEqual(['stopped\n', 0]);
  expect(await wire.rest()).toBe('');
  expect(await server.ended).toBe(0);
  expect(existsSync(join(server.data, 'control.sock'))).toBe(false);
});

test('stop returns when the server has ended, also when its parent never asks what became of it', async () => {
  const data = tempFolder();
  const parent = startProgram('sh', [
    '-c',
    `'${process.execPath}' '${executable}' serve --port 0 --spare-threads 0 --data '${data}' & exec sleep 600`,
  ]);
  await parent.printed('benang listening');
  const { pid } = await askServer(data, { command: 'status', brief: true });
  expect(await operate('stop', data)).toEqual({ stdout: 'stopped\n', stderr: '', code: 0 });
  // It is a zombie: there is a process of that number still.
  expect(process.kill(pid, 0)).toBe(true);
  await parent.kill();
});

test('the socket is the owner’s alone, and nonsense on it harms nobody', async () => {
  const server = await startServer();
  const path = join(server.data, 'control.sock');
  expect(statSync(path).mode & 0o077).toBe(0);
  for (const nonsense of ['\n', 'x\n', '{"command":"dance"}\n', '{"command":"kick"}\n', 'x'.repeat(20_000)]) {
    const socket = connect(path);
    socket.on('error', () => {}).write(nonsense);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(JSON.parse(answer)).toHaveProperty('error');
  }
  expect((await operate('top', server.data, '--interval', '100ms')).code).toBe(0);
});

test('a client of the socket that goes away without a word harms nobody', async () => {
  const server = await startServer();
  for (const words of ['', '{"command"', '{"command":"status"}\n']) {
    const socket = connect(join(server.data, 'control.sock'));
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => socket.write(words, resolve));
    socket.destroy();
  }
  const silent = connect(join(server.data, 'control.sock'));
  // The server closes it in the end; nothing is sent, so waiting for that is the only sign there is.
  await new Promise((resolve) =>
    silent
      .once('close', resolve)
      .on('error', () => {})
      .resume(),
  );
  expect((await operate('top', server.data, '--interval', '100ms')).code).toBe(0);
});

test('the socket of a killed server is no hindrance', async () => {
  const server = await startServer();
  await server.kill();
  const dead = await operate('top', server.data);
  expect(dead.stderr).toMatch(
    /^benang: no server runs on .*; start one with benang serve, or name its folder with --data\n$/,
  );
  const again = await startServer({ data: server.data });
  expect((await operate('top', again.data, '--interval', '100ms')).code).toBe(0);
});

/** A folder whose path is longer than any system takes for a socket. */
function deepFolder(...last: string[]): string {
  const folder = join(tempFolder(), 'x'.repeat(60), 'y'.repeat(60), ...last);
  mkdirSync(folder, { recursive: true });
  return folder;
}

test.each([
  ['a long path', () => deepFolder()],
  ['a long path of two-byte letters', () => deepFolder('é'.repeat(60))],
  ['a long path to a folder that is not there yet', () => join(deepFolder(), 'data')],
  ['signs that mean something in an address', () => join(tempFolder(), 'a?mode=memory&b%20#c')],
  ['spaces, quotes and letters of other scripts', () => join(tempFolder(), `with space, quo'te, 日本`)],
])('operators reach a server in a folder with %s, also behind a kill', async (_name, make) => {
  const data = make();
  await (await startServer({ data })).kill();
  const server = await startServer({ data });
  expect(readdirSync(data).sort()).toEqual([
    'benang.db',
    'benang.db-shm',
    'benang.db-wal',
    'benang.lock',
    'control.sock',
  ]);
  expect(statSync(join(data, 'control.sock')).mode & 0o777).toBe(0o600);
  expect((await operate('user', data, 'disable', 'henderson')).stdout).toBe('disabled henderson\n');
  expect((await operate('stop', data)).stdout).toBe('stopped\n');
  expect(await server.ended).toBe(0);
  expect(existsSync(join(data, 'control.sock'))).toBe(false);
  expect((await operate('user', data, 'enable', 'henderson')).stdout).toBe('enabled henderson\n');
});

test('a socket that was removed comes back, and one that was put in its place gives way', async () => {
  const server = await startServer();
  const path = join(server.data, 'control.sock');
  rmSync(path);
  await server.logged('the control socket had been removed, and was made anew');
  expect((await operate('top', server.data, '--interval', '100ms')).code).toBe(0);
  rmSync(path);
  const strange = createServer();
  await new Promise<void>((resolve) => strange.listen(path, resolve));
  const { ino } = statSync(path);
  while (statSync(path).ino === ino) await nextTurn();
  expect((await operate('top', server.data, '--interval', '100ms')).code).toBe(0);
  await new Promise((resolve) => strange.close(resolve));
});

test('a folder that is moved while the server runs takes the socket along; one in its old place is left alone', async () => {
  const data = join(tempFolder(), 'data');
  const server = await startServer({ data });
  const moved = `${data}-moved`;
  renameSync(data, moved);
  await server.logged('the data folder is not at');
  expect((await operate('top', moved, '--interval', '100ms')).code).toBe(0);
  const other = await startServer({ data });
  expect((await operate('stop', moved)).stdout).toBe('stopped\n');
  expect((await operate('stop', data)).stdout).toBe('stopped\n');
  expect([await server.ended, await other.ended]).toEqual([0, 0]);
});

test('a server that cannot be reached by operators does not start', async () => {
  const data = tempFolder();
  // Nothing takes the place of a folder.
  mkdirSync(join(data, 'control.sock'));
  const { stdout, stderr, code } = await runBenang(['serve', '--port', '0', '--data', data]);
  expect(stderr).toMatch(
    /^benang: cannot make the socket .*, without which benang stop and the other [^\n]*\n$/m,
  );
  expect([stdout, code]).toEqual(['', 1]);
  expect(readdirSync(data).sort()).toEqual(['benang.db', 'benang.lock', 'control.sock']);
});

test('no server, and a wrong call', async () => {
  expect((await operate('stop', tempFolder())).code).toBe(1);
  expect((await runBenang(['kick'])).code).toBe(2);
});
