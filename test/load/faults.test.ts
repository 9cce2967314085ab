import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runBenang } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Fault, faultyServer } from './faulty-server.ts';

/** A run against a server of the test's own. */
async function load(port: number, ...args: string[]) {
  const accounts = join(tempFolder(), 'accounts.json');
  writeFileSync(
    accounts,
    JSON.stringify(Array.from({ length: 8 }, (_, index) => ({ username: `u${index}`, password: 'p' }))),
  );
  const target = ['--target', `127.0.0.1:${port}`, '--accounts', accounts];
  const all = ['load', ...target, '--connections', '6', '--threads', '2', '--duration', '400ms', ...args];
  const { stdout, stderr, code } = await runBenang([...all, '--json']);
  return { result: JSON.parse(stdout || 'null'), stderr, code };
}

const clean = { lost: 0, doubled: 0, disordered: 0, invented: 0 };

test('nothing is found where nothing is wrong', async () => {
  const { result, code } = await load(await faultyServer(), '--depth', '4', '--idle', '2');
  expect(result).toMatchObject({
    messages: clean,
    wrongReplies: 0,
    idle: { connections: 2, alive: 2 },
    threads: 2,
  });
  expect(result.messages.sent).toBeGreaterThan(10);
  expect(code).toBe(0);
});

test.each<[Fault, 'lost' | 'doubled' | 'disordered' | 'invented']>([
  ['loses', 'lost'],
  ['doubles', 'doubled'],
  ['reorders', 'disordered'],
  ['invents', 'invented'],
  ['misdelivers', 'lost'],
])('a server that %s messages is found out: %s', async (fault, found) => {
  // Several messages wait in an inbox when it is read, so that they can come in another order.
  const { result, code } = await load(
    await faultyServer({ fault }),
    '--mix',
    'send=20,inbox=1',
    '--depth',
    '4',
  );
  expect(result.messages[found]).toBeGreaterThan(0);
  expect(code).toBe(1);
});

test.each<[Fault, string]>([
  ['refuses', 'send: No'],
  ['hides', 'online: does not list the one who asks'],
])('a server that %s is found out', async (fault, example) => {
  const { result, code } = await load(await faultyServer({ fault }));
  expect(result.wrongReplies).toBeGreaterThan(0);
  expect(result.examples.join()).toContain(example);
  expect(code).toBe(1);
});

test('when all connections are lost the run ends', async () => {
  const port = await faultyServer({ fault: 'drops' });
  const { result, code } = await load(port, '--duration', '1h');
  expect(result.wrongReplies).toBeGreaterThanOrEqual(6);
  expect(result.examples.join()).toContain('the connection is lost');
  expect(code).toBe(1);
});

test('idle connections that the server drops are missed', async () => {
  const { result, code } = await load(await faultyServer({ fault: 'drops' }), '--idle', '3');
  expect(result.idle).toEqual({ connections: 3, alive: 0 });
  expect(code).toBe(1);
});

test('an open loop on a server that is too slow: what had to wait counts from when it was due', async () => {
  // 6 connections with 20 ms for each reply: 300 requests/s at the most.
  const port = await faultyServer({ delay: 20 });
  const closed = (await load(port)).result.timings.at(-1);
  expect(closed.p50).toBeLessThan(60);
  const { result } = await load(port, '--rate', '1200');
  const [unsent, all] = result.timings.slice(-2);
  expect(unsent.command).toBe('not sent');
  // Of the 480 that were due no more than a third was made, and at the end they had waited for most of the time.
  expect(unsent.requests).toBeGreaterThan(240);
  expect(all.requests + unsent.requests).toBeGreaterThan(450);
  expect(all.p50).toBeGreaterThan(100);
  expect(result.messages).toMatchObject(clean);
  // With enough requests in flight nothing has to wait.
  const deep = (await load(await faultyServer(), '--rate', '600', '--depth', '8')).result;
  expect(deep.timings.map(({ command }: { command: string }) => command)).not.toContain('not sent');
  expect(deep.timings.at(-1).requests).toBeGreaterThan(200);
  expect(deep.late.p50).toBeLessThan(50);
});
