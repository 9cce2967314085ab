import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { directWorks } from '../../src/threads/direct.ts';
import { Wire } from '../../src/threads/wire.ts';

const KiB = 1024;
const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true });
const sockets: Socket[] = [];

beforeEach(async () => {
  await once(listener.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.on('error', () => {}).destroy();
  await new Promise((resolve) => listener.close(resolve));
});

async function open(make: (socket: Socket) => Wire): Promise<{ client: Socket; wire: Wire }> {
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(listener, 'connection')) as [Socket];
  const wire = make(accepted);
  sockets.push(client, wire.socket);
  return { client, wire };
}

const kinds: [string, (socket: Socket) => Wire][] = [
  ['past the streams', (socket) => Wire.over(socket, Buffer.alloc(64 * KiB), true)],
  ['in the documented way', (socket) => Wire.over(socket, Buffer.alloc(64 * KiB), false)],
  ['as a stream', (socket) => Wire.stream(socket)],
];

test('this Node can be read and written past the streams', async () => {
  expect(await directWorks()).toBe(true);
  const { wire } = await open(kinds[0]![1]);
  expect(wire.direct).toBe(true);
});

describe.each(kinds)('%s', (_name, make) => {
  /** Gives what has come since the last time, once that is `length` bytes. */
  function reader(wire: Wire): (length: number) => Promise<string> {
    let came = '';
    let more = (): void => {};
    wire.listen((buffer, bytes) => {
      came += buffer.toString('latin1', 0, bytes);
      more();
    });
    return async (length) => {
      wire.socket.resume();
      while (came.length < length) await new Promise<void>((resolve) => (more = resolve));
      const all = came;
      came = '';
      return all;
    };
  }

  test('what the client sends comes in order, and then its end', async () => {
    const { client, wire } = await open(make);
    const ended = once(wire.socket, 'end');
    const sent = Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join('');
    client.end(sent);
    expect(await reader(wire)(sent.length)).toBe(sent);
    await ended;
  });

  test('nothing comes while it is paused', async () => {
    const { client, wire } = await open(make);
    const read = reader(wire);
    client.write('first');
    expect(await read(5)).toBe('first');
    wire.socket.pause();
    await new Promise((resolve) => client.write('second', resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(await read(6)).toBe('second');
  });

  test('a client that takes its time gets all in order, whatever waits in between', async () => {
    const { client, wire } = await open(make);
    client.pause();
    let expected = '';
    const bytes = Buffer.alloc(64 * KiB);
    let waits = 0;
    // Beyond what the kernel holds for a client; each piece is in the same memory.
    for (let piece = 0; piece < 800; piece++) {
      const text = `${piece} `.repeat(5000);
      const from = piece % 7;
      bytes.write(text, from, 'latin1');
      const wrote = piece % 3 === 0 ? wire.writeText(text) : wire.write(bytes, from, from + text.length);
      bytes.fill('?');
      expected += text;
      if (!wrote) waits++;
    }
    expect(waits).toBeGreaterThan(0);
    const drained = once(wire.socket, 'drain');
    let got = '';
    client.on('data', (chunk) => {
      got += chunk;
    });
    client.resume();
    await drained;
    wire.writeText('end of it');
    while (!got.endsWith('end of it')) await once(client, 'data');
    expect(got).toBe(`${expected}end of it`);
  });

  test('what is written to a socket that is closed reaches nobody, whoever has its descriptor by then', async () => {
    const { wire } = await open(make);
    const closed = new Promise((resolve) => wire.socket.on('error', () => {}).once('close', resolve));
    wire.socket.destroy();
    await closed;
    const others = [await open(make), await open(make), await open(make)];
    wire.writeText('lost');
    for (const { client, wire: other } of others) {
      other.writeText('yours');
      const [chunk] = await once(client, 'data');
      expect(String(chunk)).toBe('yours');
    }
  });

  test('a client that is gone is told as an error, once it is written to', async () => {
    const { client, wire } = await open(make);
    const failed = new Promise((resolve) => wire.socket.once('close', resolve));
    const errors: Error[] = [];
    wire.socket.on('error', (error) => errors.push(error));
    client.resetAndDestroy();
    await once(client, 'close');
    const timer = setInterval(() => wire.writeText('x'), 1);
    await failed;
    clearInterval(timer);
    expect(errors).toHaveLength(1);
  });
});
