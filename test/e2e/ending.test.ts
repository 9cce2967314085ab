import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { askServer } from '../../src/control/client.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { executable, startProgram, startServer, type TestServer } from '../support/program.ts';
import { Pty } from '../support/pty.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

test('SIGTERM: what was asked is answered, lines are closed, the database is one file, exit code 0', async () => {
  const server = await startServer();
  const idle = await Wire.open(server.port);
  const messi = await Wire.open(server.port);
  const token = await messi.login('messi');
  const count = 500;
  messi.socket.write(`send ${token} messi hi\r\n`.repeat(count));
  await messi.reply();
  const exit = server.stop();
  const rest = await messi.rest();
  const replies = rest.split('\r\n\r\n');
  expect(replies.pop()).toBe('');
  expect(new Set(replies)).toEqual(new Set(['{"status": "OK", "message": "Message Sent"}']));
  expect(await idle.rest()).toBe('');
  expect(await exit).toBe(0);
  expect(existsSync(join(server.data, 'benang.db-wal'))).toBe(false);

  const again = await startServer({ data: server.data });
  const reader = await Wire.open(again.port);
  const inbox = (await reader.ask(`inbox ${token}`)) as { messages: { messi: unknown[] } };
  expect(inbox.messages.messi).toHaveLength(replies.length + 1);
});

test('signals that ask for what there is not end nothing, and open no debugger', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  process.kill(server.pid, 'SIGHUP');
  await server.logged('SIGHUP: there is nothing to read anew without TLS');
  for (const signal of ['SIGUSR1', 'SIGUSR2']) {
    process.kill(server.pid, signal);
    await server.logged(`${signal} does nothing here`);
  }
  expect(await wire.ask(`inbox ${token}`)).toMatchObject({ status: 'OK' });
  expect(server.log()).not.toContain('Debugger');
});

test('nor does SIGHUP while it starts', async () => {
  const data = tempFolder();
  const server = startProgram(process.execPath, [executable, 'serve', '--port', '0', '--data', data]);
  while (!existsSync(join(data, 'benang.lock'))) await nextTurn();
  process.kill(server.pid, 'SIGHUP');
  await server.printed('benang listening');
});

test('closing its terminal ends it in order; any other SIGHUP there does not', async () => {
  const data = tempFolder();
  const terminal = Pty.open(['serve', '--port', '0', '--data', data], cleanEnvironment());
  await terminal.shows('benang listening');
  const { pid } = await askServer(data, { command: 'status', brief: true });
  process.kill(pid, 'SIGHUP');
  await terminal.shows('SIGHUP: there is nothing to read anew');
  terminal.close();
  // When it is closed in order the database is one file.
  while (existsSync(join(data, 'benang.db-wal'))) await nextTurn();
});

test('SIGTERM in the middle of a load: every OK is durable, no reply is cut, exit code 0', async () => {
  const server = await startServer();
  const senders = await Promise.all(
    Array.from({ length: Number(process.env.ENDING_CONNECTIONS ?? 20) }, async (_, number) => {
      const wire = await Wire.open(server.port);
      return { wire, number, token: await wire.login('messi') };
    }),
  );
  const acknowledged: string[] = [];
  const playing = senders.map(async ({ wire, number, token }) => {
    for (let sent = 0; ; sent++) {
      const text = `${number}-${sent}`;
      wire.socket.write(`send ${token} lineker ${text}\r\n`);
      const reply = await wire.reply().catch(() => undefined);
      if (reply === undefined) return wire.rest();
      expect(reply).toBe('{"status": "OK", "message": "Message Sent"}\r\n\r\n');
      acknowledged.push(text);
    }
  });
  while (acknowledged.length < 20 * senders.length) await new Promise(setImmediate);
  expect(await server.stop()).toBe(0);
  expect(await Promise.all(playing)).toEqual(senders.map(() => ''));

  const again = await startServer({ data: server.data });
  const reader = await Wire.open(again.port);
  const token = await reader.login('lineker');
  const stored = new Set<string>();
  for (let before = -1; before < stored.size; ) {
    before = stored.size;
    const { messages } = (await reader.ask(`inbox ${token}`)) as {
      messages: Record<string, { msg: string }[]>;
    };
    for (const { msg } of Object.values(messages).flat()) stored.add(msg);
  }
  expect(acknowledged.filter((text) => !stored.has(text))).toEqual([]);
  if (process.env.ENDING_CONNECTIONS)
    console.log(`${senders.length} connections: ${acknowledged.length} acknowledged, ${stored.size} stored`);
});

test('a reply that was written while the server ended counts as unread until the client shows that it has it', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  await wire.ask(`send ${token} messi hi`);
  await wire.ask(`inbox ${token}`);
  expect(await server.stop()).toBe(0);
  const again = await startServer({ data: server.data });
  const reader = await Wire.open(again.port);
  expect(JSON.stringify(await reader.ask(`inbox ${token}`))).toContain('"hi"');
});

test('a client that sends everything, closes its side and then reads gets every reply', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port, { allowHalfOpen: true });
  wire.socket.end('auth messi surabaya\r\nonline\r\nnonsense\r\n');
  const replies = (await wire.rest()).split('\r\n\r\n').slice(0, -1);
  expect(replies.map((reply) => JSON.parse(reply).status)).toEqual(['OK', 'OK', 'ERROR']);
});

test('a connection has a thread that bears its name, is counted, and ends with it', async () => {
  const server = await startServer();
  const wire = await Wire.open(server.port);
  await wire.ask('online');
  const names = readdirSync(`/proc/${server.pid}/task`).map((task) =>
    readFileSync(`/proc/${server.pid}/task/${task}/comm`, 'utf8').trim(),
  );
  expect(names).toContain('thread 1');
  await wire.close();
  await server.logged('connection 1 ended');
  expect(server.log()).toMatch(
    /connection 1 ended: closed, 1 requests, 1 of them errors, 8 bytes in, 63 bytes out/,
  );
});

/** A client that takes none of a long reply, so that the server has something to finish. */
async function unfinished(server: TestServer): Promise<Wire> {
  const wire = await Wire.open(server.port);
  const token = await wire.login('messi');
  for (let sent = 0; sent < 15; sent++) await wire.ask(`send ${token} messi ${'\u0001'.repeat(60_000)}`);
  wire.socket.pause();
  await wire.write(`inbox ${token}\r\n`);
  await server.logged('INBOX');
  return wire;
}

test('what cannot be finished is cut off after --drain-timeout', async () => {
  const server = await startServer({ args: ['--drain-timeout', '300ms'] });
  const wire = await unfinished(server);
  expect(await server.stop()).toBe(0);
  wire.socket.destroy();
});

test('a second signal ends at once', async () => {
  const server = await startServer({ args: ['--drain-timeout', '1h', '--slow-timeout', '1h'] });
  const wire = await unfinished(server);
  process.kill(server.pid, 'SIGTERM');
  await server.logged('ending');
  process.kill(server.pid, 'SIGTERM');
  expect(await server.ended).toBe(1);
  wire.socket.destroy();
});
