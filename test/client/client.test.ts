import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { ChatClient, ConnectionLostError, RefusedError } from '../../src/client/client.ts';
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
  expect(Object.values(await messi.online(from)).map(({ username }) => username)).toEqual([
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
