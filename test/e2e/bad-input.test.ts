import { readdirSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const LIMIT = 64 * 1024;
const error = (message: string) => `{"status": "ERROR", "message": "${message}"}\r\n\r\n`;

let server: TestServer;
let neighbour: Wire;
let token: string;

/** The neighbour's line still works, nothing of theirs is lost, and the server is not told to be broken. */
async function nobodyNoticed(): Promise<void> {
  await neighbour.ask(`send ${token} messi still here`);
  const inbox = (await neighbour.ask(`inbox ${token}`)) as { messages: { messi: { msg: string }[] } };
  expect(inbox.messages.messi.map(({ msg }) => msg)).toEqual(['still here']);
  expect(server.log()).not.toMatch(/ error /);
}

beforeEach(async () => {
  server = await startServer();
  neighbour = await Wire.open(server.port);
  token = await neighbour.login('messi');
});

describe('bad input gets a clear reply and costs nobody else anything', () => {
  test.each([
    ['an unknown command', 'dance', '**Protocol Tidak Benar'],
    ['a command in upper case', 'AUTH messi surabaya', '**Protocol Tidak Benar'],
    ['an empty line', '', '**Protocol Tidak Benar'],
    ['a tab for a space', 'auth\tmessi\tsurabaya', '**Protocol Tidak Benar'],
    ['a missing password', 'auth messi', '--Protocol Tidak Benar'],
    ['a missing text', 'send x messi', '--Protocol Tidak Benar'],
    ['a wrong token', 'inbox 00000000-0000-4000-8000-000000000000', 'Informasi tidak ditemukan'],
    ['an empty token', 'logout ', 'Informasi tidak ditemukan'],
    ['NUL bytes', 'auth me\0ssi sura\0baya', 'User Tidak Ada'],
    ['a command with a NUL byte', 'auth\0 messi surabaya', '**Protocol Tidak Benar'],
    ['__proto__ for a user', 'auth __proto__ x', 'User Tidak Ada'],
    ['constructor for a command', 'constructor x', '**Protocol Tidak Benar'],
    ['quotes for SQL', `auth "' x`, 'User Tidak Ada'],
  ])('%s', async (_name, line, message) => {
    const wire = await Wire.open(server.port);
    await wire.write(`${line}\r\n`);
    expect(await wire.reply()).toBe(error(message));
    await wire.login('lineker');
    await wire.close();
    await nobodyNoticed();
  });

  test('bytes that are not UTF-8', async () => {
    const wire = await Wire.open(server.port);
    await wire.write(Buffer.from(`auth messi \xff\xfe\r\nsend ${token} messi \xc3\x28\r\n`, 'latin1'));
    expect(await wire.replies(2)).toEqual([
      error('Request is not valid UTF-8'),
      error('Request is not valid UTF-8'),
    ]);
    await wire.login('lineker');
    await nobodyNoticed();
  });

  test('a message of exactly the limit arrives; one byte more is refused and the connection closed', async () => {
    const frame = (length: number): string => `send ${token} messi  ${'x'.repeat(length)} `;
    const room = LIMIT - frame(0).length;
    const wire = await Wire.open(server.port);
    await wire.write(`${frame(room)}\r\n`);
    expect(await wire.reply()).toContain('Message Sent');
    await wire.write(`${frame(room + 1)}\r\nonline ${token}\r\n`);
    expect(await wire.rest()).toBe(error('Request is too long'));
    const inbox = (await neighbour.ask(`inbox ${token}`)) as { messages: { messi: { msg: string }[] } };
    expect(inbox.messages.messi.map(({ msg }) => msg)).toEqual(['x'.repeat(room)]);
    await nobodyNoticed();
  });

  test('a byte order mark is no part of the protocol: what begins with one is an unknown command, the next request is none the worse', async () => {
    const wire = await Wire.open(server.port);
    await wire.write('\ufeffauth messi surabaya\r\n');
    expect(await wire.reply()).toContain('"**Protocol Tidak Benar"');
    await wire.login('messi');
    await nobodyNoticed();
  });

  test('1 MiB without a line end', async () => {
    const wire = await Wire.open(server.port);
    wire.socket.write(Buffer.alloc(1024 * 1024, 'x'));
    expect(await wire.rest()).toBe(error('Request is too long'));
    await nobodyNoticed();
  });

  test('a client that goes on sending behind that is cut off', async () => {
    const wire = await Wire.open(server.port, { allowHalfOpen: true });
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const closed = new Promise((resolve) => wire.socket.once('close', resolve));
    const pump = (): void => void (wire.socket.writable && wire.socket.write(chunk, pump));
    pump();
    await closed;
    await nobodyNoticed();
  });

  test('half a request, then a reset', async () => {
    const wire = await Wire.open(server.port);
    await wire.write(`send ${token} messi ha`);
    wire.reset();
    await nobodyNoticed();
  });

  test('10,000 requests in one write', async () => {
    const wire = await Wire.open(server.port);
    const count = 10_000;
    const requests = Array.from({ length: count }, (_, index) => `send ${token} lineker  ${index} \r\n`);
    wire.socket.write(requests.join(''));
    const replies = await wire.replies(count);
    expect(new Set(replies)).toEqual(new Set(['{"status": "OK", "message": "Message Sent"}\r\n\r\n']));
    const lineker = await wire.login('lineker');
    const received: number[] = [];
    while (received.length < count) received.push(...(await wire.inbox(lineker)).map(Number));
    expect(received).toEqual(Array.from({ length: count }, (_, index) => index));
    await nobodyNoticed();
  });

  test('an expired and a logged-out token', async () => {
    const short = await startServer({ args: ['--session-idle', '50ms'] });
    let wire = await Wire.open(short.port);
    const first = await wire.login('messi');
    await new Promise((resolve) => setTimeout(resolve, 60)); // the time itself is what is tested
    expect(await wire.ask(`inbox ${first}`)).toEqual({
      status: 'ERROR',
      message: 'Informasi tidak ditemukan',
    });
    wire.reset();
    wire = await Wire.open(server.port);
    const second = await wire.login('messi');
    expect(await wire.ask(`logout ${second}`)).toMatchObject({ status: 'OK' });
    expect(await wire.ask(`inbox ${second}`)).toEqual({
      status: 'ERROR',
      message: 'Informasi tidak ditemukan',
    });
  });

  test('texts of all kinds arrive as they were', async () => {
    const texts = [
      '"quotes" and \\ back\\\\slashes',
      '😀 👩‍👩‍👧',
      'שלום مرحبا',
      '__proto__',
      'constructor',
      "'; DROP TABLE message; --",
      '  spaces  ',
      '{"json": []}',
    ];
    for (const text of texts) await neighbour.ask(`send ${token} messi  ${text} `);
    const inbox = (await neighbour.ask(`inbox ${token}`)) as { messages: { messi: { msg: string }[] } };
    expect(inbox.messages.messi.map(({ msg }) => msg)).toEqual(texts);
  });
});

test('60 reset connections leave no descriptor and no thread behind', async () => {
  const bare = await startServer({ args: ['--spare-threads', '0'] });
  const count = (what: 'fd' | 'task') => readdirSync(`/proc/${bare.pid}/${what}`).length;
  const visit = async (): Promise<void> => (await Wire.open(bare.port)).close();
  await visit();
  await bare.logged('connection 1 ended');
  const before = { fd: count('fd'), task: count('task') };
  for (let round = 0; round < 60; round++) {
    const wire = await Wire.open(bare.port);
    await wire.write('onl');
    wire.reset();
  }
  const done = () => count('task') <= before.task && count('fd') <= before.fd;
  // It ends when none is left; what the last visit has left goes a moment later.
  while (!done()) await visit();
});
