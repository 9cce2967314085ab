import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { encodeJson } from '../../src/protocol/json.ts';
import { startServer, type TestServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { Wire } from '../support/wire.ts';

const texts = ['one', 'two', 'three', 'four', 'five', 'six'];

let server: TestServer;
let sender: Wire;
let messi: string;
let lineker: string;

beforeEach(async () => {
  server = await startServer();
  sender = await Wire.open(server.port);
  messi = await sender.login('messi');
  lineker = await sender.login('lineker');
  for (const text of texts) await sender.ask(`send ${messi} lineker ${text}`);
});

async function look(wire: Wire): Promise<string[]> {
  const inbox = (await wire.ask(`inbox ${lineker}`)) as { messages: { messi: { msg: string }[] } };
  return inbox.messages.messi.map(({ msg }) => msg);
}

/** Resolves when the server has taken what was written before, as far as it ever will. */
async function settled(wire: Wire): Promise<void> {
  let before = -1;
  while (wire.socket.bytesRead !== before || wire.socket.writableLength > 0) {
    before = wire.socket.bytesRead;
    for (let asked = 0; asked < 50; asked++) await sender.ask('online');
  }
}

describe('what is sent ahead of a reply proves nothing', () => {
  test.each([
    ['nothing', ''],
    ['one request', 'online\r\n'],
    ['1,100 short requests', 'x\r\n'.repeat(1_100)],
    ['30,000 short requests', 'x\r\n'.repeat(30_000)],
    ['4 requests of 60 kB', `${'x'.repeat(60_000)}\r\n`.repeat(4)],
    ['20 requests of 60 kB', `${'x'.repeat(60_000)}\r\n`.repeat(20)],
    ['another inbox', 'inbox wrong\r\n'.repeat(5)],
  ])('%s, then a reset', async (_name, ahead) => {
    const wire = await Wire.open(server.port);
    wire.socket.write(`inbox ${lineker}\r\n${ahead}`);
    await settled(wire);
    wire.reset();
    expect(await look(sender)).toEqual(texts);
  });

  test.each([
    ['at once', ''],
    ['behind 30,000 requests', 'x\r\n'.repeat(30_000)],
  ])('a close %s', async (_name, ahead) => {
    const wire = await Wire.open(server.port, { allowHalfOpen: true });
    wire.socket.end(`inbox ${lineker}\r\n${ahead}`);
    await wire.rest();
    expect(await look(sender)).toEqual(texts);
  });
});

describe('what comes behind a reply proves that it was received', () => {
  test('the next request', async () => {
    const wire = await Wire.open(server.port);
    expect(await look(wire)).toEqual(texts);
    await wire.ask('online');
    expect(await look(sender)).toEqual([]);
  });

  test('the next request also after a great many were sent ahead', async () => {
    const wire = await Wire.open(server.port);
    wire.socket.write(`inbox ${lineker}\r\n${'x\r\n'.repeat(30_000)}`);
    await wire.replies(30_001);
    // Behind a request that comes after a quiet turn: on a busy machine that may not be the first.
    for (let tries = 0; tries < 20; tries++) {
      await wire.ask('online');
      if ((await look(sender)).length === 0) break;
    }
    expect(await look(sender)).toEqual([]);
  });

  test('a close, whose effect is durable when the client sees the server close', async () => {
    const wire = await Wire.open(server.port);
    expect(await look(wire)).toEqual(texts);
    await wire.close();
    await server.kill();
    const again = await startServer({ data: server.data });
    expect(await look(await Wire.open(again.port))).toEqual([]);
  });
});

test('a pipelined inbox reads on where the one before it ended, and neighbours are served', async () => {
  const text = 'x'.repeat(57_000);
  for (let sent = 0; sent < 40; sent++) await sender.ask(`send ${messi} lineker ${text}`);
  const wire = await Wire.open(server.port);
  wire.socket.write(`inbox ${lineker}\r\n`.repeat(1_400));
  const neighbour = await Wire.open(server.port);
  await neighbour.ask('online');
  const seen = (await wire.replies(1_400)).flatMap((reply) => JSON.parse(reply).messages.messi);
  expect(seen).toHaveLength(texts.length + 40);
});

test.each([
  ['edit', (id: number) => `edit ${messi} ${id} changed`, { msg: 'changed' }],
  ['delete', (id: number) => `delete ${messi} ${id}`, { msg: '' }],
])('what is asked behind %s in the same packet knows of it', async (_name, change, shown) => {
  for (let round = 0; round < 5; round++) {
    const { id } = (await sender.ask(`post ${messi} key-${round} lineker before`)) as { id: number };
    const wire = await Wire.open(server.port);
    wire.socket.write(`${change(id)}\r\nhistory ${messi} lineker limit 1\r\nstatus ${messi} ${id}\r\n`);
    const replies = (await wire.replies(3)).map((reply) => JSON.parse(reply));
    expect(replies[0]).toMatchObject({ status: 'OK' });
    expect(replies[1].messages).toMatchObject([{ id, ...shown }]);
    expect(replies[2].messages).toMatchObject({ id, ...shown });
  }
});

test('replies are whole, however late the client reads it', async () => {
  for (let sent = 0; sent < 15; sent++) await sender.ask(`send ${messi} lineker ${'\u0001'.repeat(60_000)}`);
  const wire = await Wire.open(server.port, { allowHalfOpen: true });
  wire.socket.pause();
  wire.socket.end(`inbox ${lineker}\r\n`.repeat(10));
  await server.logged('INBOX');
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than the server lingers on a closed line
  wire.socket.resume();
  const replies = (await wire.rest()).split('\r\n\r\n').slice(0, -1);
  const seen = replies.flatMap((reply) => JSON.parse(reply).messages.messi);
  expect(seen).toHaveLength(texts.length + 15);
});

test('thousands of large replies asked for at once', async () => {
  const wires = await Promise.all(Array.from({ length: 40 }, () => Wire.open(server.port)));
  await Promise.all(wires.map((wire) => wire.login('messi')));
  const wire = wires[0]!;
  wire.socket.write('online\r\n'.repeat(20_000));
  const replies = await wire.replies(20_000);
  expect(new Set(replies).size).toBe(1);
  expect(replies[0]!.length).toBeGreaterThan(4_000);
});

test('usernames of all kinds, senders in the order of their first message', async () => {
  const names = ['10', '2', '__proto__', 'constructor', '"quoted"', "o'hara", '😀', 'مرحبا'];
  const folder = tempFolder();
  const file = join(folder, 'accounts.json');
  const accounts = names.map((username) => ({
    username,
    nama: `Name of ${username}`,
    negara: 'X',
    password: 'pw',
  }));
  writeFileSync(file, JSON.stringify(accounts));
  const odd = await startServer({ data: folder, args: ['--accounts', file] });
  const wire = await Wire.open(odd.port);
  let token = '';
  for (const name of names) {
    token = await wire.login(name, 'pw');
    await wire.ask(`send ${token} ${names.at(-1)} from ${name}`);
  }
  await wire.write(`inbox ${token}\r\n`);
  const reply = await wire.reply();
  const places = names.map((name) =>
    reply.indexOf(`${encodeJson(name)}: [{"msg_from": ${encodeJson(`Name of ${name}`)}`),
  );
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});
