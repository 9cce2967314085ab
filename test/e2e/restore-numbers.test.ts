import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Chat, connect } from '../../src/index.ts';
import { Listening } from '../support/listening.ts';
import { runBenang, startServer } from '../support/program.ts';
import { tempFolder } from '../support/temp-folder.ts';

type Reply = Record<string, unknown>;

/** A connection that is logged in. TOKEN stands for the token. */
async function enter(port: number, username: string) {
  const line = await Listening.open(port);
  const { tokenid } = await line.ask(`auth ${username} surabaya`);
  const ask = (request: string): Promise<Reply> => line.ask(request.replace('TOKEN', String(tokenid)));
  return {
    ask,
    next: (kind: string) => line.next(kind),
    /** Posts so many, and returns their numbers. */
    async postMany(count: number, text: string): Promise<number[]> {
      const ids: number[] = [];
      for (let number = 0; number < count; number++) {
        ids.push(Number((await ask(`post TOKEN ${text}${number} lineker ${text} ${number}`)).id));
      }
      return ids;
    },
  };
}

async function backUp(data: string): Promise<string> {
  const file = join(tempFolder(), 'backup.db');
  expect((await runBenang(['backup', file, '--data', data])).code).toBe(0);
  return file;
}

async function restore(file: string, data: string): Promise<string> {
  const { code, stdout, stderr } = await runBenang(['restore', file, '--data', data]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('after a restore no number is given twice: who listens with a number alone misses nothing either, and no lost number hits another message', async () => {
  let server = await startServer();
  let messi = await enter(server.port, 'messi');
  const [kept] = await messi.postMany(1, 'kept');
  const file = await backUp(server.data);
  const lost = await messi.postMany(1010, 'lost');
  await server.stop();
  await restore(file, server.data);
  // To look at what was replaced has left nothing behind.
  expect(readdirSync(server.data).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);

  server = await startServer({ data: server.data });
  messi = await enter(server.port, 'messi');
  const ids = await messi.postMany(30, 'new');
  expect(ids[0]).toBeGreaterThan(lost.at(-1)!);
  const lineker = await enter(server.port, 'lineker');
  expect(await lineker.ask(`listen TOKEN since ${lost.at(-1)}`)).toMatchObject({ since: lost.at(-1) });
  for (const id of ids) expect((await lineker.next('message')).id).toBe(id);

  for (const id of [lost[0]!, lost.at(-1)!]) {
    for (const request of [`status TOKEN ${id}`, `edit TOKEN ${id} x`, `delete TOKEN ${id}`]) {
      expect(await messi.ask(request)).toEqual({ status: 'ERROR', message: 'Message not found' });
    }
    const { messages } = await messi.ask(`history TOKEN lineker before ${id}`);
    expect((messages as Reply[]).map(({ id }) => id)).toEqual([kept]);
    await lineker.ask(`ack TOKEN ${id}`);
    expect(await lineker.ask('chats TOKEN')).toMatchObject({ messages: { messi: { unread: ids.length } } });
  }
  // What was lost can be sent again, and is stored once.
  const again = await messi.ask('post TOKEN lost3 lineker lost 3');
  expect(again.id).toBeGreaterThan(ids.at(-1)!);
  expect(await messi.ask('post TOKEN lost3 lineker lost 3')).toEqual(again);
  expect((await runBenang(['check', '--data', server.data])).code).toBe(0);
}, 120_000);

test('a damaged database that is replaced, a folder without one, and a file that is copied by hand', async () => {
  let server = await startServer();
  const { data } = server;
  let messi = await enter(server.port, 'messi');
  let lineker = await enter(server.port, 'lineker');
  await messi.postMany(3, 'kept');
  const file = await backUp(data);
  const hears = async (incarnation: unknown, since: unknown): Promise<unknown[]> => {
    lineker = await enter(server.port, 'lineker');
    const reply = await lineker.ask(`listen TOKEN since ${since} incarnation ${incarnation}`);
    expect(reply.sure).toBeUndefined();
    await messi.ask('post TOKEN - lineker the end');
    const heard: unknown[] = [];
    do heard.push((await lineker.next('message')).msg);
    while (heard.at(-1) !== 'the end');
    return heard;
  };
  let { incarnation } = await lineker.ask('listen TOKEN');
  const lost = await messi.postMany(20, 'lost');
  await server.stop();

  // Its numbers cannot be read.
  writeFileSync(join(data, 'benang.db'), Buffer.alloc(65_536, 'x'));
  expect(await restore(file, data)).toContain('it is damaged');
  server = await startServer({ data });
  messi = await enter(server.port, 'messi');
  const [id] = await messi.postMany(1, 'a');
  expect(id).toBeGreaterThan(1e8);
  expect(await hears(incarnation, lost.at(-1))).toEqual(['a 0', 'the end']);
  await server.stop();

  const empty = tempFolder();
  await restore(file, empty);
  server = await startServer({ data: empty });
  messi = await enter(server.port, 'messi');
  await messi.postMany(2, 'b');
  expect(await hears(incarnation, lost.at(-1))).toEqual(['b 0', 'b 1', 'the end']);
  ({ incarnation } = await lineker.ask('listen TOKEN'));
  await server.stop();

  rmSync(join(empty, 'benang.db-wal'), { force: true });
  copyFileSync(file, join(empty, 'benang.db'));
  server = await startServer({ data: empty });
  messi = await enter(server.port, 'messi');
  await messi.postMany(1, 'c');
  expect(await hears(incarnation, 1e9)).toEqual(['c 0', 'the end']);
}, 120_000);

test('a program of the library’s goes on behind a restore: it hears what is new, once', async () => {
  let server = await startServer();
  const { data } = server;
  const login = { username: 'lineker', password: 'surabaya' };
  const chat = (username: string, port: number): Promise<Chat> =>
    connect({ port, username, password: 'surabaya', listen: false });
  let messi = await chat('messi', server.port);
  await messi.post('lineker', 'kept');
  const file = await backUp(data);
  for (let number = 0; number < 10; number++) await messi.post('lineker', `lost ${number}`);
  const heard: string[] = [];
  let position: string | undefined;
  const hear = async (count: number): Promise<void> => {
    await using lineker = await connect({ ...login, port: server.port, since: position ?? 0 });
    for await (const event of lineker) {
      if (event.event !== 'message') continue;
      heard.push(event.msg);
      // As a file with a line in it.
      position = `${lineker.position}\n`;
      if (heard.length === count) return;
    }
  };
  await hear(11);
  await messi.close();
  await server.stop();
  await restore(file, data);
  server = await startServer({ data });
  messi = await chat('messi', server.port);
  for (const text of ['new 0', 'new 1']) await messi.post('lineker', text);
  await hear(13);
  expect(heard.slice(-3)).toEqual(['lost 9', 'new 0', 'new 1']);
  await messi.close();
}, 60_000);
