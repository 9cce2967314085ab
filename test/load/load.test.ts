import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { keyFile, tlsArgs } from '../support/keys.ts';
import { root, runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('a run on a server of its own: all counted, nothing wrong, nothing left behind', async () => {
  const folder = tempFolder();
  const { stdout, stderr, code } = await runBenang(
    ['load', '--connections', '5', '--duration', '1', '--json'],
    { env: cleanEnvironment({ TMPDIR: folder }) },
  );
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    connections: 5,
    wrongReplies: 0,
    messages: { lost: 0, doubled: 0, disordered: 0, invented: 0 },
  });
  expect(result.messages.sent).toBeGreaterThan(0);
  expect(result.messages.received).toBe(result.messages.sent);
  expect(result.timings.map(({ command }: { command: string }) => command)).toEqual([
    'send',
    'inbox',
    'online',
    'all',
  ]);
  expect(code).toBe(0);
  const pid = Number(/process (\d+)/.exec(stderr)![1]);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(readdirSync(folder)).toEqual([]);
});

test('a run against a given server, with more connections than accounts', async () => {
  const server = await startServer();
  const args = ['--target', `127.0.0.1:${server.port}`, '--accounts', join(root, 'data/users.json')];
  const { stdout, code } = await runBenang(['load', '--connections', '7', '--duration', '1', ...args]);
  expect(stdout).toMatch(/^7 connections to 127\.0\.0\.1:\d+, closed loop/);
  expect(stdout).toContain('0 lost, 0 doubled, 0 out of order, 0 invented\nwrong replies: 0\n');
  expect(code).toBe(0);
});

test('a run over TLS, and TLS that cannot be', async () => {
  const server = await startServer({ args: tlsArgs() });
  const args = ['--target', `localhost:${server.port}`, '--accounts', join(root, 'data/users.json')];
  const run = (...more: string[]) =>
    runBenang(['load', '--connections', '3', '--duration', '500ms', ...args, ...more]);
  const { stdout, code } = await run('--ca', keyFile('ca.pem'));
  expect(stdout).toContain('0 lost, 0 doubled, 0 out of order, 0 invented\nwrong replies: 0\n');
  expect(code).toBe(0);
  expect((await run('--tls')).stderr).toMatch(
    /could not log in \(cannot speak TLS .*\); .*give its CA with --ca FILE\n$/,
  );
  const own = await runBenang(['load', '--tls']);
  expect([own.stderr, own.code]).toEqual([
    'benang: --tls and --ca need --target: a server of its own has no certificate\n',
    2,
  ]);
});

test('a server that loses messages is found out', async () => {
  // Says OK to everything and never has a message.
  const liar = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        const [command] = chunk.toString().split(' ');
        const messages = command === 'online' ? '{"x": {"username": "messi"}}' : '{}';
        socket.write(`{"status": "OK", "tokenid": "t", "messages": ${messages}}\r\n\r\n`);
      });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => liar.once('listening', resolve));
  const args = [
    '--target',
    `127.0.0.1:${(liar.address() as { port: number }).port}`,
    '--accounts',
    join(root, 'data/users.json'),
  ];
  const { stdout, code } = await runBenang([
    'load',
    '--connections',
    '1',
    '--duration',
    '500ms',
    ...args,
    '--json',
  ]);
  await new Promise((resolve) => liar.close(resolve));
  const { messages } = JSON.parse(stdout);
  expect(messages.lost).toBe(messages.sent);
  expect(messages.sent).toBeGreaterThan(0);
  expect(code).toBe(1);
});

test('a target that is not there, and a call that is wrong', async () => {
  const accounts = join(root, 'data/users.json');
  const absent = await runBenang([
    'load',
    '--target',
    '127.0.0.1:1',
    '--accounts',
    accounts,
    '--connections',
    '2',
  ]);
  expect(absent.stderr).toMatch(/could not log in \(cannot reach 127\.0\.0\.1:1\)/);
  expect(absent.code).toBe(1);
  const wrong = await runBenang(['load', '--target', '127.0.0.1:1']);
  expect([wrong.stderr, wrong.code]).toEqual([
    'benang: --target needs --accounts with users of that server\n',
    2,
  ]);
});
