import { afterEach, expect, test } from '@jest/globals';
import {
  type Chat,
  type ChatEvent,
  type ChatState,
  ConnectionLostError,
  type ConnectOptions,
  connect,
  RefusedError,
} from '../../src/index.ts';
import { runBenang, startServer } from '../support/program.ts';
import { Relay } from '../support/relay.ts';

const chats = new Set<Chat>();

afterEach(async () => {
  await Promise.all([...chats].map((chat) => chat.close()));
  chats.clear();
});

const numberIn = (position: string): number => Number.parseInt(position, 10);
const quick = { firstWaitMs: 10, longestWaitMs: 100 };

async function enter(port: number, username: string, options: Partial<ConnectOptions> = {}): Promise<Chat> {
  const login = { port, username, password: 'surabaya', reconnect: quick };
  const chat = await connect({ ...login, ...options } as ConnectOptions);
  chats.add(chat);
  return chat;
}

async function nextMessage(chat: Chat): Promise<ChatEvent & { event: 'message' }> {
  for await (const event of chat) if (event.event === 'message') return event;
  throw new Error('the events have ended');
}

/** States as they come, and a promise for the next of a kind. */
function observe() {
  const states: ChatState[] = [];
  let changed = Promise.withResolvers<void>();
  return {
    states,
    onState: (state: ChatState): void => {
      states.push(state);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    async until(wanted: ChatState['state'], count = 1): Promise<void> {
      while (states.filter(({ state }) => state === wanted).length < count) await changed.promise;
    },
  };
}

test('over kill -9 and resets nothing is lost, nothing comes twice, and every post is stored once', async () => {
  let server = await startServer();
  const relay = await Relay.open(server.port);
  const messi = await enter(relay.port, 'messi');
  const lineker = await enter(relay.port, 'lineker', { maxEvents: 5 });
  const texts = Array.from({ length: 400 }, (_, number) => `${number}`);
  const heard: string[] = [];
  const looped = (async () => {
    for await (const event of lineker) {
      if (event.event !== 'message') continue;
      heard.push(event.msg);
      if (heard.length === texts.length) return;
      // While there is no server this waits, and events find no room.
      if (heard.length % 10 === 0) await lineker.ack(event.id);
    }
  })();
  for (const [number, text] of texts.entries()) {
    const posted = messi.post('lineker', text);
    if (number % 100 === 50) {
      await server.kill();
      server = await startServer({ data: server.data });
      relay.leadTo(server.port);
    } else if (number % 25 === 0) relay.resetAll();
    await posted;
  }
  await looped;
  expect(heard).toEqual(texts);
  expect((await lineker.history('messi', { limit: 200 })).map(({ msg }) => msg)).toEqual(texts.slice(-200));
}, 120_000);

test('a post whose reply is lost is made again with the same key, and stored once', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const messi = await enter(relay.port, 'messi');
  relay.cutReplyTo(/^post /);
  const id = await messi.post('lineker', 'halo');
  const posts = relay.requests.filter((request) => request.startsWith('post '));
  expect(posts).toHaveLength(2);
  expect(posts[0]).toBe(posts[1]);
  expect((await messi.history('lineker')).map((message) => [message.id, message.msg])).toEqual([
    [id, 'halo'],
  ]);
});

test('what was done though its reply was lost is not an error; what cannot be told is', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const messi = await enter(relay.port, 'messi');
  const lineker = await enter(server.port, 'lineker');
  const id = await messi.post('lineker', 'halo');
  relay.cutReplyTo(/^delete /);
  await messi.delete(id);
  expect((await messi.status(id)).state).toBe('deleted');
  await lineker.addGroup('lab');
  relay.cutReplyTo(/^joingroup /);
  await messi.joinGroup('lab');
  relay.cutReplyTo(/^leavegroup /);
  await messi.leaveGroup('lab');
  expect(await messi.groups()).toEqual({});
  relay.cutReplyTo(/^addgroup /);
  await expect(messi.addGroup('other')).rejects.toThrow(ConnectionLostError);
  expect(Object.keys(await messi.groups())).toEqual(['other']);
  relay.cutReplyTo(/^history /);
  expect(await messi.history('lineker')).toHaveLength(1);
  relay.cutReplyTo(/^blocks /);
  await expect(messi.request(`blocks ${messi.token}`)).rejects.toThrow(ConnectionLostError);
});

test('a logout whose reply is lost has ended the session, whether there is a password for another or not', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const other = await enter(server.port, 'lineker');
  for (const password of ['surabaya', undefined]) {
    const { token } = await enter(server.port, 'messi');
    const chat = await connect({
      port: relay.port,
      token,
      username: 'messi',
      password,
      reconnect: quick,
    } as ConnectOptions);
    chats.add(chat);
    relay.cutReplyTo(/^logout /);
    await chat.logout();
    expect(chat.connected).toBe(false);
    await expect(connect({ port: server.port, token })).rejects.toThrow(RefusedError);
  }
  expect(await other.blocks()).toEqual([]);
});

test('a line that is frozen counts as lost, whether something is asked on it or not', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const { states, onState, until } = observe();
  // To hash a password may take longer than this timeout.
  const { token } = await enter(server.port, 'lineker');
  const lineker = await enter(relay.port, 'lineker', { token, timeout: 1000, onState });
  const messi = await enter(server.port, 'messi');
  for (const asks of [false, true]) {
    const connections = states.filter(({ state }) => state === 'connected').length;
    relay.freeze();
    await messi.post('lineker', `while frozen, ${asks}`);
    const asked = asks ? lineker.blocks() : undefined;
    await until('waiting', connections);
    relay.thaw();
    await until('connected', connections + 1);
    expect((await nextMessage(lineker)).msg).toBe(`while frozen, ${asks}`);
    if (asks) expect(await asked).toEqual([]);
  }
}, 60_000);

test('waits grow and end with the chat; each has a reason', async () => {
  const server = await startServer();
  const { states, onState, until } = observe();
  const reconnect = { firstWaitMs: 4, longestWaitMs: 32 };
  const messi = await enter(server.port, 'messi', { reconnect, onState });
  await server.kill();
  await until('waiting', 8);
  const waits = states.flatMap((state) => (state.state === 'waiting' ? [state] : []));
  for (const [index, { waitMs, reason }] of waits.entries()) {
    const most = Math.min(4 * 2 ** index, 32);
    expect(waitMs).toBeLessThanOrEqual(most);
    expect(waitMs).toBeGreaterThanOrEqual(most / 2);
    expect(reason).toBeInstanceOf(ConnectionLostError);
  }
  expect(messi.connected).toBe(false);
  const waiting = messi.post('lineker', 'halo');
  await messi.close();
  await expect(waiting).rejects.toThrow('the chat is closed');
});

test('close while it waits for long, or connects, is over at once', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const { onState, until } = observe();
  const reconnect = { firstWaitMs: 1_000_000, longestWaitMs: 1_000_000 };
  const messi = await enter(relay.port, 'messi', { reconnect, onState });
  relay.resetAll();
  await until('waiting');
  await messi.close();
  const other = await enter(relay.port, 'messi');
  const joined = relay.joined();
  relay.resetAll();
  relay.freeze();
  await joined;
  await other.close();
});

test('told not to reconnect, the chat ends with its connection, behind what was heard', async () => {
  const server = await startServer();
  const lineker = await enter(server.port, 'lineker', { reconnect: false });
  const messi = await enter(server.port, 'messi');
  const id = await messi.post('lineker', 'halo');
  await lineker.status(id).catch(() => {});
  await server.kill();
  expect((await nextMessage(lineker)).id).toBe(id);
  await expect(nextMessage(lineker)).rejects.toThrow(ConnectionLostError);
  await expect(lineker.blocks()).rejects.toThrow(ConnectionLostError);
});

test('a password that is refused is not tried again', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const messi = await enter(relay.port, 'messi');
  const changed = await runBenang(['user', 'passwd', 'messi', '--data', server.data], {
    input: 'rahasia-baru\n',
  });
  expect(changed).toMatchObject({ code: 0 });
  await expect(nextMessage(messi)).rejects.toThrow(new RefusedError('Password Salah'));
  await expect(messi.blocks()).rejects.toThrow(new RefusedError('Password Salah'));
  expect(relay.requests.filter((request) => request.startsWith('auth '))).toHaveLength(2);
});

test('an older database in place of the one that was: events go on from where it is', async () => {
  const server = await startServer();
  const relay = await Relay.open(server.port);
  const messi = await enter(relay.port, 'messi');
  const { onState, until } = observe();
  const lineker = await enter(relay.port, 'lineker', { onState });
  for (let number = 0; number < 5; number++) await messi.post('lineker', 'not in the older one');
  for (let number = 0; number < 3; number++) await nextMessage(lineker);
  const before = lineker.position;
  await server.kill();
  relay.leadTo((await startServer()).port);
  await until('connected', 2);
  // What had come is still handed out.
  for (let number = 0; number < 2; number++) await nextMessage(lineker);
  const id = await messi.post('lineker', 'behind it');
  expect(await nextMessage(lineker)).toMatchObject({ id, msg: 'behind it' });
  expect(numberIn(lineker.position)).toBe(id);
  expect(id).toBeLessThan(numberIn(before));
});

test('whoever is in a hurry does not wait for the next try', async () => {
  const server = await startServer();
  const { onState, until, states } = observe();
  const anHour = 3_600_000;
  const chat = await enter(server.port, 'messi', {
    onState,
    reconnect: { firstWaitMs: anHour, longestWaitMs: anHour },
  });
  chat.hurry();
  await server.kill();
  await until('waiting');
  chat.hurry();
  await until('waiting', 2);
  await startServer({ data: server.data, args: ['--port', String(server.port)] });
  chat.hurry();
  await until('connected', 2);
  expect(states.map(({ state }) => state)).toEqual(['connected', 'waiting', 'waiting', 'connected']);
  expect(await chat.post('lineker', 'halo')).toBeGreaterThan(0);
});
