import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cleanEnvironment } from '../support/environment.ts';
import { keyFile, tlsArgs } from '../support/keys.ts';
import { executable, root, runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { faultyServer } from './faulty-server.ts';

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

test('an open loop with a ramp-up, idle connections and a mix', async () => {
  const args = ['--rate', '100', '--ramp-up', '300ms', '--idle', '3', '--mix', 'send=2,inbox=1'];
  const { stdout, code } = await runBenang([
    'load',
    '--connections',
    '4',
    '--duration',
    '1s',
    '--threads',
    '2',
    ...args,
    '--json',
  ]);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    format: 1,
    rate: 100,
    threads: 2,
    rampUpSeconds: 0.3,
    interrupted: false,
    idle: { connections: 3, alive: 3 },
    messages: { lost: 0, doubled: 0, disordered: 0, invented: 0 },
    wrongReplies: 0,
  });
  const made = (name: string): number =>
    result.timings.find(({ command }: { command: string }) => command === name)?.requests ?? 0;
  // What was due and not made is counted too, so the whole is the rate, whatever the machine does.
  expect(made('all') + made('not sent')).toBeGreaterThanOrEqual(95);
  expect(made('all') + made('not sent')).toBeLessThan(130);
  expect(made('send')).toBeGreaterThan(made('inbox'));
  expect(made('online')).toBe(0);
  expect(result.late.p50).toBeGreaterThan(0);
  expect(code).toBe(0);
});

test('several requests in flight on each connection', async () => {
  const args = ['--connections', '3', '--depth', '8', '--threads', '1', '--duration', '1s'];
  const { stdout, code } = await runBenang(['load', ...args]);
  expect(stdout).toMatch(/^3 connections to \S+, closed loop, 8 requests in flight on each, /);
  expect(stdout).toContain('0 lost, 0 doubled, 0 out of order, 0 invented\nwrong replies: 0\n');
  expect(stdout).toMatch(/^client threads: 1, busy \d+ % of the time, on a processor \d+ %$/m);
  expect(code).toBe(0);
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

test('Ctrl-C ends a run early and in order, and a second one at once', async () => {
  const folder = tempFolder();
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [executable, 'load', '--duration', '1h', ...args], {
      env: cleanEnvironment({ TMPDIR: folder }),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const said = Promise.withResolvers<void>();
    let wanted = 'requests/s';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (stderr.includes(wanted)) said.resolve();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return {
      child,
      ended,
      playing: said.promise,
      stdout: () => stdout,
      stderr: () => stderr,
      said: async (text: string) => {
        wanted = text;
        while (!stderr.includes(text)) await new Promise((resolve) => child.stderr.once('data', resolve));
      },
    };
  };
  const run = start('--connections', '2');
  await run.playing;
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
  expect(run.stdout()).toContain('0 lost, 0 doubled, 0 out of order, 0 invented\nwrong replies: 0\n');
  expect(run.stdout()).toContain('note: ended before its time\n');
  expect(readdirSync(folder)).toEqual([]);

  // Its server never answers, so it would wait for long.
  const port = await faultyServer({ mute: true });
  const accounts = join(root, 'data/users.json');
  const stuck = start('--target', `127.0.0.1:${port}`, '--accounts', accounts);
  await stuck.playing;
  stuck.child.kill('SIGINT');
  await stuck.said('ending; once more to end at once');
  stuck.child.kill('SIGINT');
  expect(await stuck.ended).toBe(130);
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
  const mix = await runBenang(['load', '--mix', 'auth=1']);
  expect(mix.stderr).toMatch(/^benang: --mix must be such as send=3,inbox=1, .*; see --help\n$/);
  expect(mix.code).toBe(2);
});
