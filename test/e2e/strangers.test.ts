import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ChatClient } from '../../src/client/client.ts';
import { cleanEnvironment } from '../support/environment.ts';
import { keyFile, testCa } from '../support/keys.ts';
import { runBenang } from '../support/program.ts';
import { Pty } from '../support/pty.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const open = new Set<{ server: Server; sockets: Set<Socket> }>();

afterEach(async () => {
  for (const { server, sockets } of open) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  open.clear();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  open.add({ server, sockets });
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** Servers of other kinds, by what they do with a connection. */
const strangers: readonly [name: string, meet: (socket: Socket) => void, says: RegExp][] = [
  [
    'one that greets, as for SSH',
    (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
    /it says "SSH-2\.0-OpenSSH_9\.6"/,
  ],
  [
    'one that answers, as for HTTP',
    (socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
    /it says "HTTP\/1\.1 400 Bad Request"/,
  ],
  [
    'one that greets in bytes of its own',
    (socket) => socket.write(Buffer.from('4a0000000a382e302e3336001b5b33316d', 'hex')),
    /it says "J\\u0000/,
  ],
  [
    'one that speaks another JSON',
    (socket) => socket.once('data', () => socket.write('{"jsonrpc": "2.0"}\r\n\r\n')),
    /it sends what is no reply/,
  ],
];

describe.each(strangers)('a server of another kind: %s', (_name, meet, says) => {
  test('the chat says in a sentence what it is not', async () => {
    const port = await listen(createServer(meet));
    for (const args of [[], ['--json'], ['--trace']]) {
      const { stdout, stderr, code } = await runBenang(['chat', '--port', String(port), ...args], {
        input: 'auth messi surabaya\n',
      });
      expect(stdout).toContain('Error, Gagal');
      expect(stderr).toMatch(/^\(the other side is not a benang server, or a broken one: .*\)\n$/);
      expect(stderr).toMatch(says);
      expect(code).toBe(1);
    }
  });

  test('the load tester says so too', async () => {
    const port = await listen(createServer(meet));
    const accounts = join(tempFolder(), 'accounts.json');
    writeFileSync(accounts, '[{"username": "messi", "password": "surabaya"}]');
    const target = ['--target', `127.0.0.1:${port}`, '--accounts', accounts];
    const { stderr, code } = await runBenang(['load', ...target, '--connections', '2', '--duration', '1s']);
    const [sentence = ''] = stderr.split('\n').filter((line) => line.startsWith('benang: '));
    expect(sentence).toMatch(/could not log in: the other side is not a benang server, or a broken one: /);
    expect(sentence).toMatch(says);
    expect(code).toBe(1);
  });
});

// The pseudo-terminal comes from util-linux.
(process.platform === 'linux' ? test : test.skip)(
  'a server that breaks in the middle of a chat is named, and left for the next',
  async () => {
    const server = await ScriptedServer.open();
    const listening = { status: 'OK', messages: 'Listening', since: 0 };
    const terminal = Pty.open(
      ['chat', '--port', String(server.port)],
      cleanEnvironment({ TERM: 'xterm', NO_COLOR: '1' }),
    );
    await terminal.shows('Command :');
    terminal.type('auth messi x\r');
    (await server.asked()).say({ status: 'OK', tokenid: 'T' });
    const first = await server.asked();
    first.say(listening);
    await terminal.shows('Command T:');
    (await server.asked()).say({ status: 'OK', messages: {} }, { event: 'message', id: 'x' });
    await terminal.shows(
      /Error, Gagal\r\n\(the other side is not a benang server, or a broken one: it sends an event "message" that is none; trying again by itself\)/,
    );
    terminal.type('\u0015connect\r');
    const second = await server.asked();
    expect(second.line).toBe('listen T since 0');
    second.say(listening);
    await terminal.shows('connected again');
  },
);

test('TLS that breaks off within a record is a lost connection', async () => {
  const [key, cert] = ['server-key.pem', 'server.pem'].map((name) => readFileSync(keyFile(name)));
  const carriers: Socket[] = [];
  const server = createTlsServer({ key, cert }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      // The bytes of a record that says it is longer.
      carriers.at(-1)!.end(Buffer.from('1703030100abcdef', 'hex'));
    });
  });
  server.on('connection', (socket: Socket) => void carriers.push(socket));
  const port = await listen(server);
  const client = await ChatClient.connect({ host: '127.0.0.1', port, timeout: 30_000, tls: { ca: testCa } });
  await expect(client.auth('messi', 'surabaya')).rejects.toMatchObject({ name: 'ConnectionLostError' });
  expect(await client.closed).toMatchObject({ name: 'ConnectionLostError' });
});
