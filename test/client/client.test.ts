import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { ChatClient, ConnectionLostError, RefusedError } from '../../src/client/client.ts';
import { keyFile, testCa, tlsArgs } from '../support/keys.ts';
import { startServer } from '../support/program.ts';

const connect = (port: number, timeout = 30_000) => ChatClient.connect({ host: '127.0.0.1', port, timeout });

test('a conversation, with texts as they were typed', async () => {
  const server = await startServer();
  const messi = await connect(server.port);
  const lineker = await connect(server.port);
  const from = await messi.auth('messi', 'surabaya');
  const to = await lineker.auth('lineker', 'surabaya');
  const texts = [
    'nihao ma?',
    ' two  spaces ',
    'café € 😀',
    '"quoted" \\ back',
    'مرحبا \u202e',
    '__proto__',
    'a\0b',
    '',
  ];
  for (const text of texts) await messi.send(from, 'lineker', text);
  const inbox = await lineker.inbox(to);
  expect(inbox.messi!.map(({ msg }) => msg)).toEqual(texts);
  expect(inbox.messi![0]).toMatchObject({ msg_from: 'Lionel Messi', msg_to: 'Gary Lineker' });
  expect(Object.values((await messi.online(from)).page).map(({ username }) => username)).toEqual([
    'messi',
    'lineker',
  ]);
  await messi.logout(from);
  await expect(messi.inbox(from)).rejects.toThrow(new RefusedError('Informasi tidak ditemukan'));
  await messi.close();
  await lineker.close();
});

test('requests may overlap; replies keep their order', async () => {
  const server = await startServer();
  const client = await connect(server.port);
  const replies = await Promise.all(
    ['auth nobody x', 'nonsense', 'auth', 'auth messi surabaya'].map((line) => client.request(line)),
  );
  expect(replies.map(({ ok, body }) => (ok ? 'token' : body.message))).toEqual([
    'User Tidak Ada',
    '**Protocol Tidak Benar',
    '--Protocol Tidak Benar',
    'token',
  ]);
  await client.close();
});

test('no server, a server that goes away, and one that never answers', async () => {
  const server = await startServer();
  const client = await connect(server.port);
  const asked = client.request('auth messi surabaya').catch((error) => error);
  await server.kill();
  expect(await asked).toBeInstanceOf(ConnectionLostError);
  await client.closed;
  await expect(client.request('online')).rejects.toThrow(ConnectionLostError);
  await expect(connect(server.port)).rejects.toThrow(`cannot reach 127.0.0.1:${server.port}`);

  const mute = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const waiting = await connect((mute.address() as { port: number }).port, 50);
  await expect(waiting.request('online')).rejects.toThrow(ConnectionLostError);
  await new Promise((resolve) => mute.close(resolve));
});

test('a request cannot smuggle in another', async () => {
  const server = await startServer();
  const client = await connect(server.port);
  await expect(client.request('online\r\nonline')).rejects.toThrow('a request is one line');
  await client.close();
});

describe('over TLS', () => {
  const secure = (port: number, { host = '127.0.0.1', ca = testCa, timeout = 30_000 } = {}) =>
    ChatClient.connect({ host, port, timeout, tls: { ca } });
  const failure = (connecting: Promise<unknown>): Promise<ConnectionLostError> =>
    connecting.then(
      () => {
        throw new Error('it has connected');
      },
      (error) => error,
    );

  test.each(['127.0.0.1', 'localhost'])('a conversation with %s', async (host) => {
    const server = await startServer({ args: tlsArgs() });
    const client = await secure(server.port, { host });
    const token = await client.auth('messi', 'surabaya');
    await client.send(token, 'messi', 'halo');
    expect((await client.inbox(token)).messi![0]!.msg).toBe('halo');
    await client.close();
  });

  test('a close in order confirms what the last reply carried, a reset does not', async () => {
    const server = await startServer({ args: tlsArgs() });
    const sender = await secure(server.port);
    const token = await sender.auth('messi', 'surabaya');
    await sender.send(token, 'messi', 'halo');
    for (const leave of ['reset', 'close'] as const) {
      const client = await secure(server.port);
      expect((await client.inbox(token)).messi).toHaveLength(1);
      await client[leave]();
      await client.closed;
    }
    const last = await secure(server.port);
    expect((await last.inbox(token)).messi).toEqual([]);
    await last.close();
    await sender.close();
  });

  test('a self-signed certificate may be trusted by itself', async () => {
    const server = await startServer({ args: tlsArgs('self-signed') });
    const client = await secure(server.port, { ca: readFileSync(keyFile('self-signed.pem'), 'utf8') });
    await client.auth('messi', 'surabaya');
    await client.close();
  });

  test.each([
    ['self-signed', "the server's certificate is not trusted (self-signed): give its CA with --ca FILE"],
    [
      'elsewhere',
      "the server's certificate is not for 127.0.0.1: connect to what it is for (DNS:chat.example)",
    ],
    ['expired', "the server's certificate has expired: whoever runs the server has to renew it"],
  ])('a certificate that is %s is refused, with a reason', async (name, advice) => {
    const server = await startServer({ args: tlsArgs(name) });
    const error = await failure(secure(server.port));
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error.advice).toBe(advice);
    expect(error.message).toBe(`cannot speak TLS with 127.0.0.1:${server.port}`);
  });

  test('without a CA of its own only the known ones are trusted', async () => {
    const server = await startServer({ args: tlsArgs() });
    const connecting = ChatClient.connect({ host: 'localhost', port: server.port, timeout: 30_000, tls: {} });
    const { advice } = await failure(connecting);
    expect(advice).toBe(
      "the server's certificate is not trusted (by a CA that is not known here): give its CA with --ca FILE",
    );
  });

  test('a server without TLS, one that closes, and one that never answers', async () => {
    const plain = await startServer();
    expect((await failure(secure(plain.port))).advice).toBe(
      'the server speaks no TLS: leave out --tls and --ca',
    );
    for (const [meet, advice] of [
      [
        (socket: Socket) => socket.destroy(),
        /^TLS could not be started \(ECONNRESET\): if .* leave out --tls/,
      ],
      [(socket: Socket) => socket.resume(), /^TLS could not be started \(no answer\): if .* leave out --tls/],
    ] as const) {
      const strange = createServer((socket) => void meet(socket.on('error', () => {})));
      await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
      const { port } = strange.address() as { port: number };
      expect((await failure(secure(port, { timeout: 300 }))).advice).toMatch(advice);
      await new Promise((resolve) => strange.close(resolve));
    }
  });

  test('a client without TLS is told that the server may want it', async () => {
    const server = await startServer({ args: tlsArgs() });
    const client = await connect(server.port);
    const error = await failure(client.request('online'));
    expect(error.advice).toMatch(/closed the connection without a word: if it speaks TLS, use --tls/);
  });
});
