import { describe, expect, test } from '@jest/globals';
import { Listening } from '../support/listening.ts';
import { startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const modes = [
  ['a thread for each', []],
  ['shared threads', ['--threads', '2']],
] as const;

describe.each(modes)('live messages, %s', (_name, args) => {
  test('reach who listens, between whole replies, and nobody else', async () => {
    const server = await startServer({ args });
    const [sender, ear, old] = [
      await Wire.open(server.port),
      await Listening.open(server.port),
      await Wire.open(server.port),
    ];
    const messi = await sender.login('messi');
    const lineker = await old.login('lineker');
    expect(await ear.ask(`listen ${lineker}`)).toMatchObject({ messages: 'Listening', since: 0 });
    const rounds = 200;
    const asking = (async () => {
      for (let round = 0; round < rounds; round++) {
        // A long reply, which an event must not split.
        expect(await ear.ask(`history ${lineker} messi`)).toMatchObject({ status: 'OK' });
      }
    })();
    for (let round = 0; round < rounds; round++) {
      await sender.ask(`send ${messi} lineker ${'é'.repeat(500)} ${round}`);
    }
    await asking;
    for (let round = 0; round < rounds; round++) {
      expect(await ear.next('message')).toMatchObject({ from: 'messi', to: 'lineker', group: null });
      expect(ear.events[round]!.msg).toBe(`${'é'.repeat(500)} ${round}`);
    }
    expect(Object.keys(ear.events[0]!)).toEqual(['event', 'id', 'from', 'to', 'group', 'msg', 'sent_at']);
    // Hearing is not reading, and who never asked to listen is told nothing.
    expect(await old.inbox(lineker)).toHaveLength(rounds);
    const { id } = ear.events.at(-1)!;
    expect(await ear.ask(`ack ${lineker} ${String(id)}`)).toMatchObject({ message: 'Messages Read' });
    expect(await old.inbox(lineker)).toEqual([]);
    await old.close();
    expect(await server.stop()).toBe(0);
  });

  test('are caught up with behind a kill -9, and behind a reset: no gap, no double', async () => {
    let server = await startServer({ args });
    const texts: string[] = [];
    let since = 0;
    const heard: unknown[] = [];
    const login = await Wire.open(server.port);
    const lineker = await login.login('lineker');
    const messi = await login.login('messi');
    for (let round = 0; round < 6; round++) {
      const ear = await Listening.open(server.port);
      const sender = await Wire.open(server.port);
      expect(await ear.ask(`listen ${lineker} since ${since}`)).toMatchObject({ since });
      for (let number = 0; number < 20; number++) {
        const text = `${round} ${number}`;
        await sender.ask(`send ${messi} lineker ${text}`);
        texts.push(text);
      }
      // Half of them are heard at most, then the line or the server goes.
      for (let number = 0; number < 10; number++) {
        const event = await ear.next('message');
        heard.push(event.msg);
        since = Number(event.id);
      }
      ear.wire.reset();
      if (round % 2 === 0) continue;
      await server.kill();
      server = await startServer({ args, data: server.data });
    }
    const ear = await Listening.open(server.port);
    await ear.ask(`listen ${lineker} since ${since}`);
    while (heard.length < texts.length) heard.push((await ear.next('message')).msg);
    expect(heard).toEqual(texts);
    await server.stop();
  }, 60_000);

  test('tell of groups, receipts, corrections and who comes and goes', async () => {
    const server = await startServer({ args });
    const [a, b] = [await Listening.open(server.port), await Listening.open(server.port)];
    const messi = String((await a.ask('auth messi surabaya')).tokenid);
    await a.ask(`listen ${messi}`);
    const lineker = String((await b.ask('auth lineker surabaya')).tokenid);
    expect(await a.next('presence')).toEqual({ event: 'presence', username: 'lineker', online: true });
    await b.ask(`listen ${lineker}`);
    await a.ask(`addgroup ${messi} lab`);
    await b.ask(`joingroup ${lineker} lab`);
    await a.ask(`sendgroup ${messi} lab halo semua`);
    const inGroup = await b.next('message');
    expect(inGroup).toMatchObject({ from: 'messi', to: null, group: 'lab', msg: 'halo semua' });
    const { id } = await a.ask(`post ${messi} key lineker salah`);
    await b.next('message');
    await a.ask(`edit ${messi} ${String(id)} benar`);
    expect(await b.next('edited')).toMatchObject({ message: id, msg: 'benar' });
    await b.ask(`ack ${lineker} ${String(id)}`);
    expect(await a.next('read')).toMatchObject({ by: 'lineker', upto: id });
    await a.ask(`delete ${messi} ${String(id)}`);
    expect(await b.next('deleted')).toMatchObject({ message: id });
    await b.wire.close();
    expect(await a.next('presence')).toEqual({ event: 'presence', username: 'lineker', online: false });
    await server.stop();
  });
});

test('a listener that reads nothing is told where to go on, and holds nobody up', async () => {
  const server = await startServer({ args: ['--max-events', '128KiB'] });
  const [sender, ear] = [await Wire.open(server.port), await Listening.open(server.port)];
  const messi = await sender.login('messi');
  const lineker = String((await ear.ask('auth lineker surabaya')).tokenid);
  await ear.ask(`listen ${lineker} since 0`);
  ear.wire.socket.pause();
  const text = 'x'.repeat(60_000);
  const count = 300;
  for (let number = 0; number < count; number++) await sender.ask(`send ${messi} lineker ${number} ${text}`);
  ear.wire.socket.resume();
  const { since } = await ear.next('dropped');
  const numbers = () =>
    ear.events.flatMap(({ event, msg }) => (event === 'message' ? [Number.parseInt(String(msg), 10)] : []));
  expect(numbers().length).toBeLessThan(count);
  await ear.ask(`listen ${lineker} since ${String(since)}`);
  while (numbers().length < count) await ear.next('message');
  expect(numbers()).toEqual(Array.from({ length: count }, (_, number) => number));
  await server.stop();
}, 60_000);

test('a listener hears no more when its session ends', async () => {
  const server = await startServer();
  const [other, ear] = [await Wire.open(server.port), await Listening.open(server.port)];
  const messi = await other.login('messi');
  const lineker = String((await ear.ask('auth lineker surabaya')).tokenid);
  await ear.ask(`listen ${lineker}`);
  await other.ask(`logout ${lineker}`);
  expect(await ear.next('dropped')).toEqual({ event: 'dropped', since: 0 });
  await other.ask(`send ${messi} lineker x`);
  expect(await ear.ask(`listen ${lineker}`)).toMatchObject({ status: 'ERROR' });
  expect(ear.events.filter(({ event }) => event === 'message')).toEqual([]);
  await server.stop();
});
