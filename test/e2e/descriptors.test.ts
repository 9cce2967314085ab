import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { controlPath } from '../../src/control/messages.ts';
import { tlsArgs, trusting } from '../support/keys.ts';
import { runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;
const full = { status: 'ERROR', message: 'Server is full, try again in a minute' };
const BEYOND = 20;
const MANY = 50;

const open = (port: number, count: number, tls: ConnectionOptions | undefined) =>
  Promise.allSettled(Array.from({ length: count }, () => Wire.open(port, { tls })));

/** Until it succeeds: the server may hear later than we that a connection has ended. */
async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
  }
}

/** Those that are open; rejects when one is not. */
async function openAll(port: number, count: number, tls: ConnectionOptions | undefined): Promise<Wire[]> {
  const wires = await open(port, count, tls);
  return wires.map((wire) => {
    if (wire.status === 'rejected') throw wire.reason;
    return wire.value;
  });
}

onLinux.each([
  ['a thread for each connection', []],
  ['two shared threads', ['--threads', '2']],
])('%s', (_mode, threads) => {
  describe.each([
    ['in the clear', [], undefined],
    ['under TLS', tlsArgs(), trusting],
  ])('%s', (_how, secure, tls) => {
    test.each([64, 128, 256, 1024])(
      'with %d file descriptors: when they are taken a client is told so, those inside and operators are served, and when they leave all is as before',
      async (limit) => {
        const server = await startServer({ limit: `-n ${limit}`, args: [...threads, ...secure] });
        const status = () => askServer(server.data, { command: 'status' });
        const { connectionsAtMost } = await status();
        expect(connectionsAtMost).toBeGreaterThan(0);
        expect(server.log()).toMatch(/too few for --max-connections 10000: it is \d+/);

        const inside = await openAll(server.port, connectionsAtMost, tls);
        const [one] = await openAll(server.port, 1, tls);
        expect(JSON.parse(await one!.reply())).toEqual(full);
        expect(await one!.rest()).toBe('');
        // Some are told in passing, which under TLS is without a word.
        for (const wire of await open(server.port, BEYOND, tls)) {
          if (wire.status === 'rejected') expect(tls).toBeDefined();
          else expect(await wire.value.rest()).toMatch(tls ? /^$|Server is full/ : /Server is full/);
        }

        // Behind those who are being refused.
        while ((await status()).open > connectionsAtMost);
        expect((await status()).open).toBe(connectionsAtMost);
        const asked = inside.map((wire) => wire.ask('online'));
        const file = join(tempFolder(), 'backup.db');
        const [top, backup] = await Promise.all([
          runBenang(['top', '--json', '--data', server.data]),
          runBenang(['backup', file, '--data', server.data]),
        ]);
        expect([top.code, backup]).toEqual([0, expect.objectContaining({ code: 0 })]);
        const replies = await Promise.all(asked);
        expect(new Set(replies.map((reply) => reply.message))).toEqual(
          new Set([(await inside[0]!.ask('online')).message]),
        );
        expect(readdirSync(`/proc/${server.pid}/fd`).length).toBeLessThan(limit);

        for (const wire of inside) wire.reset();
        while ((await status()).open > 0);
        const again = await openAll(server.port, Math.min(connectionsAtMost, MANY), tls);
        expect(await again[0]!.login('messi')).toMatch(/^[0-9a-f-]{36}$/);
        expect((await status()).died).toBe(0);
      },
    );
  });
});

describe('too few file descriptors', () => {
  test.each([40, 50])('%d: the server does not start, and says what to do', async (limit) => {
    await expect(startServer({ limit: `-n ${limit}` })).rejects.toThrow(
      /ended with 1: .*benang: there are too few file descriptors for a single connection: \d+ more are needed; raise the limit/s,
    );
  });

  test('only so many commands of operators are answered at once, and one more is told so', async () => {
    const server = await startServer({ limit: '-n 64' });
    const silent = Array.from({ length: 4 }, () => connect(controlPath(server.data)));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const ask = () => askServer(server.data, { command: 'status' });
    await expect(ask()).rejects.toThrow('the server is answering 4 commands of operators already; try again');
    for (const socket of silent) socket.destroy();
    await Promise.all(silent.map((socket) => once(socket, 'close')));
    await expect(retried(ask)).resolves.toMatchObject({ died: 0 });
  });

  test('what was asked for beyond them is told with what is possible', async () => {
    const flags = ['--max-threads', '500', '--max-connections', '5000'];
    const server = await startServer({ limit: '-n 256', args: flags });
    expect(server.log()).toMatch(/too few for --max-threads 500: it is \d+\n/);
    expect(server.log()).toMatch(/too few for --max-connections 5000: it is \d+\n/);
    const wire = await Wire.open(server.port);
    expect(await wire.login('messi')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
