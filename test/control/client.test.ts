import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { askAndStay, askServer } from '../../src/control/client.ts';
import { runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

const servers = new Set<Server>();
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  sockets.clear();
  servers.clear();
});

/** A data folder on whose control socket `serve` answers, whatever is asked. */
async function folderWith(serve: (socket: Socket) => void): Promise<string> {
  const data = tempFolder();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(join(data, 'control.sock'), resolve));
  return data;
}

/** Calls `serve` when the request is there, and has been read. */
const onceAsked = (serve: (socket: Socket) => void) => (socket: Socket) => {
  socket.once('data', () => serve(socket)).resume();
};

describe('a server that does not answer as it should', () => {
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['closes before it has read the request', (socket) => socket.destroy(), /ended before it had answered/],
    ['closes without a word', onceAsked((socket) => socket.end()), /ended before it had answered/],
    [
      'closes in the middle of its answer',
      onceAsked((socket) => socket.end('{"working":true}\n{"acc')),
      /ended before it had answered/,
    ],
    ['answers garbage', onceAsked((socket) => socket.end('hello\n')), /nothing that makes sense/],
    ['answers null', onceAsked((socket) => socket.end('null\n')), /nothing that makes sense/],
    ['answers a list', onceAsked((socket) => socket.end('[]\n')), /nothing that makes sense/],
    [
      'is of an earlier version',
      onceAsked((socket) => socket.end(`${JSON.stringify({ error: '[\n  {\n    "code": "x"\n  }\n]' })}\n`)),
      /does not know this command: it is of another version, so restart it$/,
    ],
    [
      'says why not, in several lines',
      onceAsked((socket) => socket.end(`${JSON.stringify({ error: 'no\nroom\u001b[31m' })}\n`)),
      /^benang: no\\u000aroom\\u001b\[31m$/,
    ],
  ])('%s: one sentence and exit code 1, from every command', async (_name, serve, sentence) => {
    const data = await folderWith(serve);
    const backup = join(tempFolder(), 'backup.db');
    for (const command of [
      ['stop'],
      ['top'],
      ['kick', 'x'],
      ['user', 'list'],
      ['backup', backup],
      ['check'],
    ]) {
      const { stdout, stderr, code } = await runBenang([...command, '--data', data]);
      expect(stderr).toMatch(/^benang: [^\n]+\n$/);
      expect(stderr.trimEnd()).toMatch(sentence);
      expect([stdout, code]).toEqual(['', 1]);
    }
  });

  test('closes with the request unread, which the system tells as a reset', async () => {
    const written = Promise.withResolvers<void>();
    const data = await folderWith((socket) => void written.promise.then(() => socket.destroy()));
    const asked = askServer(data, { command: 'accounts' });
    // Both ends are in this process: some turns later it has connected and written.
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    written.resolve();
    await expect(asked).rejects.toThrow(/^the server on .* ended before it had answered; try again$/);
  });

  test('whether what was asked may have been done depends on what was asked', async () => {
    const data = await folderWith(onceAsked((socket) => socket.destroy()));
    await expect(askServer(data, { command: 'accounts' })).rejects.toThrow(/answered; try again$/);
    await expect(askServer(data, { command: 'disable-account', username: 'x' })).rejects.toThrow(
      /answered; what was asked may have been done, so look before you ask again$/,
    );
  });

  test('tells of itself what this version cannot read', async () => {
    const data = await folderWith(
      onceAsked((socket) => socket.end('{"pid":1,"threads":[{"holds":[{}]}]}\n')),
    );
    expect(await runBenang(['top', '--data', data])).toEqual({
      stdout: '',
      stderr: `benang: the server on ${data} is of another version, which top cannot read; restart it\n`,
      code: 1,
    });
  });

  test('is silent: it is not waited for beyond the patience', async () => {
    const data = await folderWith(() => {});
    await expect(askServer(data, { command: 'status' }, { patience: 50 })).rejects.toThrow(
      /^the server on .* has said nothing for 0.05 s: it may be frozen, or its disk; try again$/,
    );
  });

  test('is frozen', async () => {
    const server = await startServer();
    process.kill(server.pid, 'SIGSTOP');
    const asked = askServer(server.data, { command: 'kick', whom: 'x' }, { patience: 100 });
    await expect(asked).rejects.toThrow(
      /has said nothing .* may have been done, so look before you ask again$/,
    );
    process.kill(server.pid, 'SIGCONT');
    expect(await askServer(server.data, { command: 'kick', whom: 'x' })).toEqual({ kicked: [] });
  });

  test('whoever says that it works is waited for', async () => {
    const data = await folderWith(
      onceAsked((socket) => {
        socket.write('{"working":true}\n{"progress":{"done":1,"all":2}}\n{"working":true}\n');
        socket.write('{"copied":true}\n');
      }),
    );
    const heard: unknown[] = [];
    const onProgress = (progress: unknown): void => void heard.push(progress);
    const asked = askServer(data, { command: 'backup', file: 'x' }, { onProgress });
    expect(await asked).toEqual({ copied: true });
    expect(heard).toEqual([{ done: 1, all: 2 }]);
  });

  test('an ending that takes longer than one waits is told', async () => {
    const data = await folderWith(onceAsked((socket) => socket.write('{"stopping":true,"pid":1}\n')));
    const { closed } = await askAndStay(data, { command: 'stop' });
    expect(await closed(20)).toBe(false);
  });
});
