import { expect, test } from '@jest/globals';
import { type Chat, type ChatState, connect } from '../../src/index.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const listening = (since: number) => ({ status: 'OK', messages: 'Listening', since });
const dropped = { event: 'dropped', since: 0 };
const message = (id: number) => ({
  event: 'message',
  id,
  from: 'a',
  to: 'b',
  group: null,
  msg: '',
  sent_at: 0,
});
const messages = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => message(first + index));

/** A chat whose queue holds four events; `begun` is its first request to listen, answered. */
async function begin(server: ScriptedServer) {
  const connecting = connect({
    port: server.port,
    token: 'T',
    since: 0,
    maxEvents: 4,
    reconnect: { firstWaitMs: 1, longestWaitMs: 1 },
  });
  const begun = await server.asked();
  expect(begun.line).toBe('listen T since 0');
  begun.say(listening(0));
  return { begun, chat: await connecting };
}

async function take(chat: Chat, count: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const event of chat) {
    if ('id' in event) ids.push(event.id);
    if (ids.length === count) break;
  }
  return ids;
}

test('a full queue is told to the server once, and what comes until it goes on is not taken', async () => {
  const server = await ScriptedServer.open();
  const { begun, chat } = await begin(server);
  begun.say(...messages(1, 20));
  const full = await server.asked();
  expect(full.line).toBe('listen T');
  full.say(...messages(21, 25), listening(25), ...messages(26, 30));
  expect(await take(chat, 2)).toEqual([1, 2]);
  const again = await server.asked();
  expect(again.line).toBe('listen T since 4');
  again.say(...messages(31, 32), listening(4), ...messages(5, 6));
  expect(await take(chat, 4)).toEqual([3, 4, 5, 6]);
  expect(chat.position).toBe('6');
  await chat.close();
});

test('room that is made while a new connection begins to listen is used', async () => {
  const server = await ScriptedServer.open();
  const { begun, chat } = await begin(server);
  begun.say(...messages(1, 20));
  await server.asked();
  begun.reset();
  const full = await server.asked();
  expect(full.line).toBe('listen T');
  expect(await take(chat, 4)).toEqual([1, 2, 3, 4]);
  full.say(listening(20));
  const again = await server.asked();
  expect(again.line).toBe('listen T since 4');
  again.say(listening(4), ...messages(5, 6));
  expect(await take(chat, 2)).toEqual([5, 6]);
  await chat.close();
});

test('dropped: it goes on behind what it has, and only the last reply counts', async () => {
  const server = await ScriptedServer.open();
  const { begun, chat } = await begin(server);
  begun.say(message(1), dropped);
  const first = await server.asked();
  expect(first.line).toBe('listen T since 1');
  first.say(listening(1), message(2), dropped);
  const second = await server.asked();
  expect(second.line).toBe('listen T since 2');
  second.say(listening(2), message(3));
  expect(await take(chat, 3)).toEqual([1, 2, 3]);
  await chat.close();
});

test('a server that drops it over and over is left, and asked again on another connection', async () => {
  const server = await ScriptedServer.open();
  const { begun, chat } = await begin(server);
  begun.say(dropped);
  for (let time = 0; time < 3; time++) (await server.asked()).say(listening(0), dropped);
  const other = await server.asked();
  other.say(listening(0), message(1));
  begun.say(message(2));
  expect(await take(chat, 1)).toEqual([1]);
  await chat.close();
});

test('a server that does not speak the protocol is left', async () => {
  const server = await ScriptedServer.open();
  const { begun, chat } = await begin(server);
  begun.write('{"event": no\r\n\r\n');
  const other = await server.asked();
  expect(other.line).toBe('listen T since 0');
  other.say(listening(0), message(1));
  expect(await take(chat, 1)).toEqual([1]);
  await chat.close();
});

test('a position goes on in the incarnation that has given it, and a server that is not sure says so', async () => {
  const server = await ScriptedServer.open();
  const states: ChatState[] = [];
  const connecting = connect({
    port: server.port,
    token: 'T',
    since: '3.one.0',
    reconnect: { firstWaitMs: 1, longestWaitMs: 1 },
    onState: (state) => void states.push(state),
  });
  const first = await server.asked();
  expect(first.line).toBe('listen T since 3 incarnation one.0');
  first.say({ ...listening(3), incarnation: 'one.0' }, message(4));
  const chat = await connecting;
  expect(await take(chat, 1)).toEqual([4]);
  expect(chat.position).toBe('4.one.0');
  first.reset();
  const second = await server.asked();
  expect(second.line).toBe('listen T since 4 incarnation one.0');
  second.say({ ...listening(2), incarnation: 'two.0', sure: false }, message(3));
  expect(await take(chat, 1)).toEqual([3]);
  expect(chat.position).toBe('3.two.0');
  expect(states.filter(({ state }) => state === 'connected')).toEqual([
    { state: 'connected' },
    { state: 'connected', sure: false },
  ]);
  await chat.close();
});
