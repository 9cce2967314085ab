import { afterEach, expect, test } from '@jest/globals';
import { type Chat, type ConnectOptions, connect, RefusedError } from '../../src/index.ts';
import { refusals, refuse } from '../../src/protocol/reply.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const chats = new Set<Chat>();

afterEach(async () => {
  await Promise.all([...chats].map((chat) => chat.close()));
  chats.clear();
});

async function enter(server: ScriptedServer, options: Partial<ConnectOptions> = {}): Promise<Chat> {
  const reconnect = { firstWaitMs: 5, longestWaitMs: 20 };
  const connecting = connect({ port: server.port, token: 'T', reconnect, ...options } as ConnectOptions);
  (await server.asked()).say({ status: 'OK', messages: 'Listening', since: 0 });
  const chat = await connecting;
  chats.add(chat);
  return chat;
}

test('a post that the server cannot store now is posted again with the same key, until it is stored', async () => {
  const server = await ScriptedServer.open();
  const chat = await enter(server);
  const posted = chat.post('lineker', 'halo');
  const lines = new Set<string>();
  for (const message of [refusals.failed, refusals.tooFast, refusals.failed, refusals.failed]) {
    const asked = await server.asked();
    lines.add(asked.line);
    asked.say(refuse(message));
  }
  const last = await server.asked();
  last.say({ status: 'OK', message: 'Message Sent', id: 7 });
  expect(await posted).toBe(7);
  expect([...lines]).toEqual([last.line]);
});

test('what failed may have been done: the refusal that says so is not an error then', async () => {
  const server = await ScriptedServer.open();
  const chat = await enter(server);
  for (const [first, refused] of [
    [refusals.failed, false],
    [refusals.tooFast, true],
  ] as const) {
    const deleted = chat.delete(3).then(
      () => undefined,
      (error: unknown) => error,
    );
    (await server.asked()).say(refuse(first));
    (await server.asked()).say(refuse(refusals.noSuchMessage));
    expect(await deleted).toEqual(refused ? new RefusedError(refusals.noSuchMessage) : undefined);
  }
});

test('an idle line is probed with a request that is none too many', async () => {
  const server = await ScriptedServer.open();
  await enter(server, { timeout: 200 });
  const { line, say } = await server.asked();
  say({ status: 'OK', messages: [] });
  expect(line).toBe('blocks T');
});

test('what is not repeated is refused at once', async () => {
  const server = await ScriptedServer.open();
  const chat = await enter(server);
  const made = expect(chat.addGroup('lab')).rejects.toThrow(new RefusedError(refusals.failed));
  (await server.asked()).say(refuse(refusals.failed));
  await made;
  const once = await enter(server, { reconnect: false });
  const posted = expect(once.post('lineker', 'halo')).rejects.toThrow(new RefusedError(refusals.failed));
  (await server.asked()).say(refuse(refusals.failed));
  await posted;
});

test('what the server has a fault at is refused at once: it would fail again', async () => {
  const server = await ScriptedServer.open();
  const chat = await enter(server);
  for (const ask of [() => chat.post('lineker', 'halo'), () => chat.search('\0'), () => chat.ack(3)]) {
    const refused = expect(ask()).rejects.toThrow(new RefusedError(refusals.faulty));
    (await server.asked()).say(refuse(refusals.faulty));
    await refused;
  }
});

test('a search that did not look at everything says so', async () => {
  const server = await ScriptedServer.open();
  const chat = await enter(server);
  for (const [said, notSearched] of [
    [{ not_searched: 12 }, 12],
    [{ not_searched: 0 }, undefined],
    [{}, undefined],
  ] as const) {
    const found = chat.search('kata');
    (await server.asked()).say({ status: 'OK', messages: [], ...said });
    expect((await found).notSearched).toBe(notSearched);
    expect([...(await found)]).toEqual([]);
  }
});

test('to wait until the server can do it ends with the chat', async () => {
  const server = await ScriptedServer.open();
  const anHour = 3_600_000;
  const reason = new Error('enough');
  for (const how of ['close', 'abort'] as const) {
    const aborting = new AbortController();
    const chat = await enter(server, {
      reconnect: { firstWaitMs: anHour, longestWaitMs: anHour },
      signal: aborting.signal,
    });
    const posts = Array.from({ length: 20 }, () => chat.post('lineker', 'halo'));
    const rejected = Promise.all(
      posts.map((post) =>
        how === 'abort'
          ? expect(post).rejects.toBe(reason)
          : expect(post).rejects.toThrow('the chat is closed'),
      ),
    );
    for (const _post of posts) (await server.asked()).say(refuse(refusals.failed));
    const answered = chat.blocks();
    (await server.asked()).say({ status: 'OK', messages: [] });
    await answered;
    if (how === 'close') await chat.close();
    else aborting.abort(reason);
    await rejected;
  }
});
