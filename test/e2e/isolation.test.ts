import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

let server: TestServer;
let neighbours: Wire[];

beforeEach(async () => {
  server = await startServer({ args: ['--allow-drills', '--stall-timeout', '300ms'] });
  neighbours = await Promise.all(Array.from({ length: 5 }, () => Wire.open(server.port)));
  await Promise.all(neighbours.map((wire) => wire.ask('auth nobody x')));
});

/** The report of the only thread that has died. */
async function report(): Promise<string> {
  await server.logged('died: ');
  const folder = join(server.data, 'black-box');
  const [file, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return readFileSync(join(folder, file!), 'utf8');
}

describe('a disaster in one thread', () => {
  test.each([
    ['throw', /drill: thrown on purpose/],
    ['reject', /drill: rejected on purpose/],
    ['exit', /it exited with code 7/],
    ['spin', /it made no progress for 0\.3 s/],
    ['heap', /reaching memory limit/],
    ['buffers', /it held \d+ MiB outside its heap/],
  ])(
    '%s: ends its own connection only, leaves messages unread and the session valid, and is written down',
    async (disaster, reason) => {
      const victim = await Wire.open(server.port);
      const token = await victim.login('messi');
      await victim.ask(`send ${token} messi private-text`);
      await victim.ask(`inbox ${token}`);
      const died = victim.rest();
      await victim.write(`drill ${disaster}\r\n`);
      expect(await died).toBe('');

      for (const wire of neighbours) {
        expect(await wire.ask('online')).toEqual({ status: 'ERROR', message: 'Informasi tidak ditemukan' });
      }
      const written = await report();
      expect(written).toMatch(reason);
      expect(written).toMatch(/connection 6 \(127\.0\.0\.1:\d+, messi, session [0-9a-f-]{36}\)/);
      expect(written).toMatch(/asked auth\n.*asked send\n.*asked inbox\n.*drill/su);
      for (const secret of [token, 'surabaya', 'private-text']) {
        expect(written).not.toContain(secret);
        expect(server.log()).not.toContain(secret);
      }

      const again = await Wire.open(server.port);
      expect(JSON.stringify(await again.ask(`inbox ${token}`))).toContain('private-text');
      expect(await server.stop()).toBe(0);
    },
  );
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a thread that computes without end gives way to all others before it is ended', async () => {
  const patient = await startServer({ args: ['--allow-drills', '--stall-timeout', '1h'] });
  const victim = await Wire.open(patient.port);
  await victim.write('drill spin\r\n');
  const priorities = (): string[] =>
    readdirSync(`/proc/${patient.pid}/task`).flatMap((task) => {
      const [name, fields] = readFileSync(`/proc/${patient.pid}/task/${task}/stat`, 'utf8')
        .split('(')[1]!
        .split(') ') as [string, string];
      return name.startsWith('thread ') ? [fields.split(' ')[16]!] : [];
    });
  // The system tells nobody when a priority changes.
  while (!priorities().includes('19')) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(priorities().filter((nice) => nice === '19')).toHaveLength(1);
});

test('a report that cannot be written is no second disaster', async () => {
  writeFileSync(join(server.data, 'black-box'), 'not a folder');
  const victim = await Wire.open(server.port);
  await victim.write('drill throw\r\n');
  await victim.rest();
  await server.logged('died: ');
  expect(await neighbours[0]!.ask('nonsense')).toMatchObject({ status: 'ERROR' });
  expect(server.log()).toContain('EEXIST');
});

test('without --allow-drills there is no such command', async () => {
  const plain = await startServer();
  const wire = await Wire.open(plain.port);
  expect(await wire.ask('drill exit')).toEqual({ status: 'ERROR', message: '**Protocol Tidak Benar' });
  expect(await wire.ask('drill exit')).toEqual({ status: 'ERROR', message: '**Protocol Tidak Benar' });
});

test('a client that takes no replies is dropped, and costs a bounded amount of memory', async () => {
  const resident = (pid: number) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  const slow = await startServer({ args: ['--slow-timeout', '1s'] });
  const wire = await Wire.open(slow.port);
  const token = await wire.login('messi');
  for (let sent = 0; sent < 5; sent++) await wire.ask(`send ${token} messi ${'x'.repeat(60_000)}`);
  const before = resident(slow.pid);
  wire.socket.pause();
  const closed = new Promise((resolve) => wire.socket.once('close', resolve));
  wire.socket.on('error', () => {});
  const requests = 'online\r\n'.repeat(8_000);
  const pump = (): void => void (wire.socket.writable && wire.socket.write(requests, pump));
  pump();
  await slow.logged('has taken no replies for 1 s');
  expect(resident(slow.pid) - before).toBeLessThan(150);
  wire.socket.resume();
  await closed;
});

test('connections beyond the threads share them; beyond --max-connections one reply says when to come back', async () => {
  const small = await startServer({
    args: ['--max-threads', '2', '--spare-threads', '0', '--max-connections', '5'],
  });
  const wires = await Promise.all(Array.from({ length: 5 }, () => Wire.open(small.port)));
  for (const wire of wires)
    expect(await wire.ask('nonsense')).toMatchObject({ message: '**Protocol Tidak Benar' });
  const threads = readdirSync(`/proc/${small.pid}/task`)
    .map((task) => readFileSync(`/proc/${small.pid}/task/${task}/comm`, 'utf8').trim())
    .filter((name) => name.startsWith('thread '));
  expect(threads.sort()).toEqual(['thread 1', 'thread 2']);
  const refused = await Wire.open(small.port);
  expect(await refused.rest()).toBe(
    '{"status": "ERROR", "message": "Server is full, try again in a minute"}\r\n\r\n',
  );
  await refused.close();
  await wires[0]!.close();
  const message = async (): Promise<unknown> => (await (await Wire.open(small.port)).ask('nonsense')).message;
  let welcome = await message();
  while (welcome !== '**Protocol Tidak Benar') {
    expect(welcome).toBe('Server is full, try again in a minute');
    welcome = await message();
  }
});

test('--threads N: a fixed number of threads, shared by all', async () => {
  const shared = await startServer({ args: ['--threads', '2'] });
  const wires = await Promise.all(Array.from({ length: 20 }, () => Wire.open(shared.port)));
  const tokens = await Promise.all(wires.map((wire) => wire.login('messi')));
  const replies = await Promise.all(
    wires.map((wire, index) => wire.ask(`send ${tokens[index]} lineker ${index}`)),
  );
  expect(replies.every(({ status }) => status === 'OK')).toBe(true);
  expect(await shared.stop()).toBe(0);
});
