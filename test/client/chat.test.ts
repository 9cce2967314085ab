import { afterEach, expect, test } from '@jest/globals';
import {
  type Chat,
  type ChatEvent,
  ConnectionLostError,
  type ConnectOptions,
  connect,
  RefusedError,
} from '../../src/index.ts';
import { testCa, tlsArgs } from '../support/keys.ts';
import { runToEnd, startServer } from '../support/program.ts';
import { Wire } from '../support/wire.ts';

const chats = new Set<Chat>();

afterEach(async () => {
  await Promise.all([...chats].map((chat) => chat.close()));
  chats.clear();
});

async function enter(port: number, username: string, options: Partial<ConnectOptions> = {}): Promise<Chat> {
  const chat = await connect({ port, username, password: 'surabaya', ...options } as ConnectOptions);
  chats.add(chat);
  return chat;
}

/** The next event of one kind. */
async function next<K extends ChatEvent['event']>(chat: Chat, kind: K): Promise<ChatEvent & { event: K }> {
  for await (const event of chat) if (event.event === kind) return event as ChatEvent & { event: K };
  throw new Error('the events have ended');
}

test('a conversation: events, receipts, corrections, groups and what was said', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi');
  const lineker = await enter(server.port, 'lineker');
  expect(messi).toMatchObject({ username: 'messi', connected: true });
  expect(messi.position).toMatch(/^0\.[\w-]{8}\.0$/);
  expect(await next(messi, 'presence')).toEqual({ event: 'presence', username: 'lineker', online: true });

  const text = ' café  \u{1f600} "x" \\ a\rb ';
  const id = await messi.post('lineker', text);
  expect(await next(lineker, 'message')).toMatchObject({
    id,
    from: 'messi',
    to: 'lineker',
    group: null,
    msg: text,
  });
  expect(lineker.position).toMatch(new RegExp(`^${id}\\.`));
  expect(await lineker.chats()).toEqual({ messi: { unread: 1 } });
  expect((await messi.status(id)).state).toBe('delivered');
  await lineker.ack(id);
  expect(await next(messi, 'read')).toMatchObject({ by: 'lineker', upto: id });
  await messi.edit(id, 'lain');
  expect(await next(lineker, 'edited')).toMatchObject({ message: id, msg: 'lain' });

  await messi.addGroup('lab', 'rahasia');
  await expect(lineker.joinGroup('lab', 'salah')).rejects.toThrow(new RefusedError('Password Salah'));
  await lineker.joinGroup('lab', 'rahasia');
  expect(await messi.members('lab')).toMatchObject({ lineker: { nama: 'Gary Lineker' } });
  const toGroup = await messi.post('#lab', 'halo semua');
  expect(await next(lineker, 'message')).toMatchObject({ id: toGroup, to: null, group: 'lab' });
  await lineker.ack(toGroup, { with: '#lab' });
  expect(await lineker.groups()).toEqual({ lab: { members: 2, unread: 0 } });
  await lineker.leaveGroup('lab');
  await expect(lineker.history('#lab')).rejects.toThrow(new RefusedError('Bukan member group'));

  expect((await lineker.history('messi')).map(({ msg, edited_at }) => [msg, typeof edited_at])).toEqual([
    ['lain', 'number'],
  ]);
  expect(await lineker.history('messi', { before: id, limit: 5 })).toEqual([]);
  expect((await lineker.search('lain')).map((found) => found.id)).toEqual([id]);
  await messi.delete(id);
  expect(await next(lineker, 'deleted')).toMatchObject({ message: id });
  await expect(messi.delete(id)).rejects.toThrow(new RefusedError('Message not found'));
  await lineker.block('messi');
  expect(await lineker.blocks()).toEqual(['messi']);
  await lineker.unblock('messi');
  expect(Object.values(await messi.online()).map(({ username }) => username)).toEqual(['messi', 'lineker']);
  expect(await messi.request('nonsense')).toMatchObject({ ok: false });
});

test('the same key stores once', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi');
  const ids = await Promise.all([1, 2, 3].map(() => messi.post('lineker', 'halo', { key: 'k' })));
  expect(new Set(ids).size).toBe(1);
  expect(await messi.history('lineker')).toHaveLength(1);
});

test('a program that begins where it left off hears what it has missed', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi');
  const ids: number[] = [];
  for (let number = 0; number < 6; number++) ids.push(await messi.post('lineker', `${number}`));
  const first = await enter(server.port, 'lineker', { since: 0 });
  for (const id of ids.slice(0, 3)) expect((await next(first, 'message')).id).toBe(id);
  await first.close();
  const second = await enter(server.port, 'lineker', { since: first.position });
  for (const id of ids.slice(3)) expect((await next(second, 'message')).id).toBe(id);
  // A number that this database has not come to: from where it is.
  const third = await enter(server.port, 'lineker', { since: 1_000_000 });
  expect(third.position).toMatch(new RegExp(`^${ids.at(-1)}\\.`));
});

test('a program that takes events slowly loses none, and its calls are answered meanwhile', async () => {
  const server = await startServer({ args: ['--max-events', '128KiB'] });
  const messi = await enter(server.port, 'messi', { listen: false });
  const count = 300;
  const padding = 'x'.repeat(2000);
  const lineker = await enter(server.port, 'lineker', { maxEvents: 3, since: 0 });
  await Promise.all(
    Array.from({ length: count }, (_, number) => messi.post('lineker', `${number} ${padding}`)),
  );
  const heard: number[] = [];
  for await (const event of lineker) {
    if (event.event !== 'message') continue;
    heard.push(Number.parseInt(event.msg, 10));
    await lineker.ack(event.id);
    if (heard.length === count) break;
  }
  expect(heard).toEqual(Array.from({ length: count }, (_, number) => number));
  expect(await lineker.chats()).toEqual({});
});

test('logins that are refused: a wrong password, no such user, no server, a token that is no good', async () => {
  const server = await startServer();
  await expect(enter(server.port, 'messi', { password: 'salah' })).rejects.toThrow(
    new RefusedError('Password Salah'),
  );
  await expect(enter(server.port, 'nobody')).rejects.toThrow(new RefusedError('User Tidak Ada'));
  for (const listen of [true, false]) {
    await expect(connect({ port: server.port, token: 'x', listen })).rejects.toThrow(
      new RefusedError('Informasi tidak ditemukan'),
    );
  }
  const again = await enter(server.port, 'messi', { token: 'old' });
  expect(again.token).not.toBe('old');
  const sharing = await connect({ port: server.port, token: again.token });
  expect(await sharing.blocks()).toEqual([]);
  expect(sharing.username).toBeUndefined();
  await sharing.close();
  await server.kill();
  await expect(enter(server.port, 'messi')).rejects.toThrow(ConnectionLostError);
});

test('what would change the meaning of a request is not sent', async () => {
  const server = await startServer();
  for (const options of [
    { username: 'messi', password: 'a b' },
    { username: '', password: 'x' },
    { username: 'messi', password: 'x\nlogout' },
    { username: 'messi' },
    { username: 'messi', password: 'x', maxEvents: 0 },
    { username: 'messi', password: 'x', since: -1 },
    { token: 'x y' },
  ]) {
    await expect(connect({ port: server.port, ...options } as ConnectOptions)).rejects.toThrow(TypeError);
  }
  const messi = await enter(server.port, 'messi');
  await expect(messi.post('lineker x', 'y')).rejects.toThrow(TypeError);
  await expect(messi.post('lineker', 'a\nb')).rejects.toThrow(TypeError);
  await expect(messi.post('lineker', 'y', { key: '' })).rejects.toThrow(TypeError);
  await expect(messi.ack(1.5)).rejects.toThrow(TypeError);
  expect(await messi.history('lineker')).toEqual([]);
});

test('close ends the loop and rejects what comes later; what was asked before is answered', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi');
  const states: string[] = [];
  const lineker = await enter(server.port, 'lineker', { onState: ({ state }) => states.push(state) });
  const looped = (async () => {
    for await (const event of lineker) if (event.event === 'message') return event;
    return 'ended';
  })();
  const posted = Promise.all([1, 2, 3].map((number) => lineker.post('messi', `${number}`)));
  await new Promise(setImmediate);
  await Promise.all([lineker.close(), lineker.close()]);
  expect(await looped).toBe('ended');
  expect(await posted).toHaveLength(3);
  await expect(lineker.blocks()).rejects.toThrow(new ConnectionLostError('the chat is closed'));
  expect(lineker.connected).toBe(false);
  expect(states).toEqual(['connected', 'ended']);
  for await (const _event of lineker) throw new Error('there is no event');
  expect((await messi.history('lineker')).map(({ msg }) => msg)).toEqual(['1', '2', '3']);
});

test('one loop at a time; the next goes on where the last was left', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi');
  const [first, second] = [await messi.post('messi', '1'), await messi.post('messi', '2')];
  for await (const event of messi) {
    if (event.event !== 'message') continue;
    expect(event.id).toBe(first);
    await expect(next(messi, 'message')).rejects.toThrow('one loop at a time');
    break;
  }
  expect((await next(messi, 'message')).id).toBe(second);
  const deaf = await enter(server.port, 'messi', { listen: false });
  await expect(next(deaf, 'message')).rejects.toThrow('told not to listen');
});

test('a signal ends everything with its reason', async () => {
  const server = await startServer();
  const aborting = new AbortController();
  const messi = await enter(server.port, 'messi', { signal: aborting.signal });
  const looped = next(messi, 'message');
  const asked = messi.request(`auth messi surabaya`);
  const reason = new Error('enough');
  aborting.abort(reason);
  await expect(looped).rejects.toBe(reason);
  await expect(asked).rejects.toThrow(ConnectionLostError);
  await expect(messi.blocks()).rejects.toBe(reason);
  await expect(enter(server.port, 'messi', { signal: aborting.signal })).rejects.toBe(reason);
  const early = new AbortController();
  const connecting = enter(server.port, 'messi', { signal: early.signal });
  early.abort(reason);
  await expect(connecting).rejects.toBe(reason);
});

test('a session that ends: a password begins another, without one it is over', async () => {
  const server = await startServer();
  const messi = await enter(server.port, 'messi', { reconnect: { firstWaitMs: 1 } });
  const { token } = messi;
  const shared = await connect({ port: server.port, token, listen: false });
  chats.add(shared);
  const listening = await connect({ port: server.port, token });
  chats.add(listening);
  const looped = next(listening, 'message');
  const other = await Wire.open(server.port);
  await other.ask(`logout ${token}`);
  await expect(looped).rejects.toThrow(new RefusedError('Informasi tidak ditemukan'));
  await expect(listening.blocks()).rejects.toThrow(new RefusedError('Informasi tidak ditemukan'));
  await expect(shared.blocks()).rejects.toThrow(new RefusedError('Informasi tidak ditemukan'));
  const id = await messi.post('messi', 'still here');
  expect((await next(messi, 'message')).id).toBe(id);
  expect(messi.token).not.toBe(token);
  await messi.logout();
  expect(await other.ask(`blocks ${messi.token}`)).toMatchObject({ status: 'ERROR' });
  await other.close();
});

test('over TLS', async () => {
  const server = await startServer({ args: tlsArgs() });
  const messi = await enter(server.port, 'messi', { tls: { ca: testCa } });
  const id = await messi.post('messi', 'halo');
  expect((await next(messi, 'message')).id).toBe(id);
  await expect(enter(server.port, 'messi', { tls: {} })).rejects.toThrow('cannot speak TLS');
});

test('nothing keeps a program going when its chats have ended', async () => {
  const server = await startServer();
  const program = `
    import { connect } from 'benang';
    const login = { port: ${server.port}, username: 'messi', password: 'surabaya' };
    const chat = await connect(login);
    await chat.post('messi', 'halo');
    for await (const event of chat) {
      if (event.event === 'message') break;
    }
    await chat.close();
    const aborting = new AbortController();
    const other = await connect({ ...login, signal: aborting.signal });
    aborting.abort();
    await other.blocks().catch((error) => console.log(error.name));
    await connect({ ...login, password: 'salah' }).catch((error) => console.log(error.name));
    const ended = Promise.withResolvers();
    const onState = ({ state }) => state === 'waiting' && ended.resolve();
    const last = await connect({ ...login, onState, reconnect: { firstWaitMs: 1_000_000, longestWaitMs: 1_000_000 } });
    process.kill(${server.pid}, 'SIGKILL');
    await ended.promise;
    await last.close();
  `;
  const { code, stdout, stderr } = await runToEnd(process.execPath, ['--input-type=module', '-e', program]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'AbortError\nRefusedError\n', stderr: '' });
});
