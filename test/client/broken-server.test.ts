import { afterEach, describe, expect, test } from '@jest/globals';
import { ChatClient, ConnectionLostError } from '../../src/client/client.ts';
import { LONGEST_REPLY } from '../../src/client/reply-decoder.ts';
import { type Chat, type ChatState, type ConnectOptions, connect, ProtocolError } from '../../src/index.ts';
import { refusals, refuse } from '../../src/protocol/reply.ts';
import { type Asked, ScriptedServer } from '../support/scripted-server.ts';

const chats = new Set<Chat>();

afterEach(async () => {
  await Promise.all([...chats].map((chat) => chat.close()));
  chats.clear();
});

const listening = (since: unknown) => ({ status: 'OK', messages: 'Listening', since });
const quick = { firstWaitMs: 1, longestWaitMs: 4 };

async function enter(server: ScriptedServer, options: Partial<ConnectOptions> = {}) {
  const states: ChatState[] = [];
  const connecting = connect({
    port: server.port,
    token: 'T',
    since: 5,
    reconnect: quick,
    onState: (state) => void states.push(state),
    ...options,
  } as ConnectOptions);
  const begun = await server.asked();
  begun.say(listening(5));
  const chat = await connecting;
  chats.add(chat);
  return { chat, begun, states };
}

/** The next request for this; who comes back to listen meanwhile may, and what else was asked on a connection that is gone is passed over. */
async function askedFor(server: ScriptedServer, command: string): Promise<Asked> {
  for (;;) {
    const asked = await server.asked();
    if (asked.line.startsWith(`${command} `)) return asked;
    if (asked.line.startsWith('listen ')) asked.say(listening(5));
  }
}

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

const message = { id: 6, from: 'a', to: 'b', group: null, msg: '', sent_at: 1 };
const listed = { ...message, read_at: null, edited_at: null, deleted_at: null };

const NOT_REPLIES = [
  'null',
  '7',
  '[]',
  '[{"status": "OK"}]',
  '"OK"',
  '{}',
  '{"status": "Okay"}',
  '{"status": null, "message": "x"}',
  '{"status": "ERROR"}',
  '{"status": "ERROR", "message": {"a": 1}}',
  '{"status": "OK", "messages": ',
  '',
  ' '.repeat(100_000),
  `{"status": "OK", "messages": ${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`,
  `{"status": "OK", "messages": [${'{},'.repeat(1_000_000)}{}]}`,
  '{"status": "OK", "messages": "\u00e9"}',
];

test.each(NOT_REPLIES)('what is no reply is a ProtocolError for who waits for it: %.40s', async (text) => {
  const server = await ScriptedServer.open();
  const { chat } = await enter(server);
  const asked = [chat.history('lineker'), chat.chats()].map(outcomeOf);
  (await server.asked()).write(`${text}\r\n\r\n`);
  for (const outcome of asked) expect(await outcome).toBeInstanceOf(ProtocolError);
  // It goes on with the next connection.
  const names = chat.blocks();
  (await askedFor(server, 'blocks')).say({ status: 'OK', messages: ['x'] });
  expect(await names).toEqual(['x']);
  expect(chat.position).toBe('5');
});

describe('replies that do not carry what was asked for', () => {
  const bad = [undefined, null, 7, 'x', [], [7], {}, { a: null }, { a: [null] }];
  const notNumbers = [undefined, null, 'x', '7', -1, 1.5, 1e300, {}, []];
  const calls: readonly [
    command: string,
    call: (chat: Chat) => Promise<unknown>,
    key: string,
    values: readonly unknown[],
  ][] = [
    ['post', (chat) => chat.post('b', 'x'), 'id', notNumbers],
    [
      'history',
      (chat) => chat.history('b'),
      'messages',
      bad.filter((value) => JSON.stringify(value) !== '[]'),
    ],
    [
      'history',
      (chat) => chat.history('b'),
      'messages',
      [
        { ...listed, id: '6' },
        { ...listed, from: null },
        { ...listed, to: null },
        { ...listed, group: 'g' },
        { ...listed, msg: undefined },
        { ...listed, sent_at: 8.64e15 + 2 },
        { ...listed, read_at: 'x' },
      ].map((entry) => [entry]),
    ],
    ['search', (chat) => chat.search('b'), 'messages', [null, { a: 1 }]],
    ['status', (chat) => chat.status(6), 'messages', [...bad, listed, { ...listed, state: 'lost' }]],
    ['chats', (chat) => chat.chats(), 'messages', [null, [], { a: {} }, { a: { unread: -1 } }]],
    ['getgroups', (chat) => chat.groups(), 'messages', [null, [], { a: { unread: 1 } }]],
    ['members', (chat) => chat.members('g'), 'messages', [null, [], { a: { nama: 'x' } }]],
    ['online', (chat) => chat.online(), 'messages', [null, [], { a: { username: 'x', userdetail: {} } }]],
    ['blocks', (chat) => chat.blocks(), 'messages', [null, {}, [7]]],
  ];
  test.each(calls)('%s', async (command, call, key, values) => {
    const server = await ScriptedServer.open();
    const { chat } = await enter(server);
    for (const value of values) {
      const outcome = outcomeOf(call(chat));
      (await askedFor(server, command)).say({ status: 'OK', [key]: value });
      expect([value, await outcome]).toEqual([value, expect.any(ProtocolError)]);
    }
    expect(chat.position).toBe('5');
  });
});

describe('what is no event ends the connection, and the next one goes on behind the last that was', () => {
  const event = { event: 'message', ...message };
  const read = { event: 'read', by: 'a', upto: 1, read_at: 1 };
  test.each<object>([
    { ...event, id: 'x' },
    { ...event, id: -1 },
    { ...event, id: 1e300 },
    { ...event, id: null },
    { ...event, id: undefined },
    { ...event, from: 7 },
    { ...event, to: null },
    { ...event, group: 'g' },
    { ...event, msg: { a: 1 } },
    { ...event, sent_at: 'x' },
    { event: 'edited', ...message, msg: 'x', edited_at: 1 },
    { event: 'deleted', ...message, message: 1, deleted_at: 1e17 },
    { ...read, by: null },
    { ...read, upto: null },
    { event: 'presence', username: 'a', online: 1 },
    { event: 'dropped', since: 'x' },
    { event: 7 },
    { event: null },
  ])('%j', async (wrong) => {
    const server = await ScriptedServer.open();
    const { chat, begun, states } = await enter(server);
    begun.say(event, wrong, { ...event, id: 7 });
    const again = await server.asked();
    expect(again.line).toBe('listen T since 6');
    again.say(listening(6), { ...event, id: 8 });
    const ids: unknown[] = [];
    for await (const heard of chat) if (ids.push('id' in heard && heard.id) === 2) break;
    expect(ids).toEqual([6, 8]);
    expect(chat.position).toBe('8');
    expect(states.find(({ state }) => state === 'waiting')).toMatchObject({
      reason: expect.any(ProtocolError),
    });
  });

  test('one of a kind that is not known is passed over', async () => {
    const server = await ScriptedServer.open();
    const { chat, begun } = await enter(server);
    begun.say({ event: 'typing', id: 'x' }, event);
    for await (const heard of chat) {
      expect(heard).toEqual(event);
      break;
    }
  });
});

test.each([null, 'x', -1, 1.5, 1e300, undefined, {}])('events begin at no number: %j', async (since) => {
  const server = await ScriptedServer.open();
  const connecting = outcomeOf(connect({ port: server.port, token: 'T', reconnect: quick }));
  (await server.asked()).say(listening(since));
  expect(await connecting).toBeInstanceOf(ProtocolError);
});

test.each([undefined, null, 7, '', 'two words', 'x\r\nlogout', {}])(
  'a token that is none: %j',
  async (tokenid) => {
    const server = await ScriptedServer.open();
    const connecting = outcomeOf(connect({ port: server.port, username: 'a', password: 'b' }));
    (await server.asked()).say({ status: 'OK', tokenid });
    expect(await connecting).toBeInstanceOf(ProtocolError);
  },
);

test('who waits for a connection is told when what answers now is no such server', async () => {
  const server = await ScriptedServer.open();
  const { chat, begun, states } = await enter(server);
  begun.reset();
  const asked = outcomeOf(chat.post('b', 'x'));
  (await server.asked()).write('SSH-2.0-OpenSSH_9.6\r\n');
  expect(await asked).toEqual(new ProtocolError('it says "SSH-2.0-OpenSSH_9.6"'));
  const later = chat.blocks();
  (await askedFor(server, 'blocks')).say({ status: 'OK', messages: [] });
  expect(await later).toEqual([]);
  expect(states.map(({ state }) => state)).toEqual(['connected', 'waiting', 'waiting', 'connected']);
});

test('a session that is refused over and over is not begun for ever', async () => {
  const server = await ScriptedServer.open();
  const { chat } = await enter(server, { username: 'a', password: 'b' });
  const asked = outcomeOf(chat.blocks());
  let over = false;
  void asked.then(() => {
    over = true;
  });
  for (;;) {
    const request = await Promise.race([server.asked(), asked.then(() => undefined)]);
    if (!request || over) break;
    if (request.line.startsWith('listen')) request.say(listening(5));
    else request.say(refuse(refusals.noSession));
  }
  expect(await asked).toMatchObject({ name: 'RefusedError', message: refusals.noSession });
});

test('a reply that nobody has asked for', async () => {
  const server = await ScriptedServer.open();
  const { chat, begun, states } = await enter(server);
  begun.say({ status: 'OK', messages: [] });
  (await server.asked()).say(listening(5));
  const names = chat.blocks();
  (await askedFor(server, 'blocks')).say({ status: 'OK', messages: [] });
  expect(await names).toEqual([]);
  expect(states[1]).toMatchObject({ reason: expect.any(ProtocolError) });
});

test('a server that says why it closes is quoted', async () => {
  const server = await ScriptedServer.open();
  const client = await connectTo(server.port);
  const first = client.request('online');
  const asked = await server.asked();
  asked.say({ status: 'OK' }, refuse('Server is full\u001b[31m'));
  await first;
  asked.end();
  expect(await client.closed).toEqual(
    new ConnectionLostError('the server has closed the connection: Server is full\\u001b[31m'),
  );
});

const connectTo = (port: number, timeout = 30_000): Promise<ChatClient> =>
  ChatClient.connect({ host: '127.0.0.1', port, timeout });

test('half a reply, and then nothing', async () => {
  const server = await ScriptedServer.open();
  const client = await connectTo(server.port, 50);
  const asked = outcomeOf(client.request('online'));
  (await server.asked()).write('{"status": "OK", "messa');
  expect(await asked).toEqual(new ConnectionLostError('the server has not answered for 0.05 s'));
});

test('a line without an end is read no further than a reply can be long', async () => {
  const server = await ScriptedServer.open();
  const client = await connectTo(server.port);
  const asked = outcomeOf(client.request('online'));
  const request = await server.asked();
  const piece = ' '.repeat(1024 * 1024);
  request.write('{"status": "OK"');
  for (let sent = 0; sent < 2 * LONGEST_REPLY; sent += piece.length) {
    request.write(piece);
    await new Promise(setImmediate);
  }
  expect(await asked).toEqual(new ProtocolError(`it sends a reply of more than ${LONGEST_REPLY} bytes`));
  await client.closed;
});
