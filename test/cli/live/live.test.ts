import { afterEach, expect, test } from '@jest/globals';
import { Lines } from '../../../src/cli/live/lines.ts';
import { Live } from '../../../src/cli/live/live.ts';
import { ConnectionLostError } from '../../../src/client/client.ts';
import { refusals, refuse } from '../../../src/protocol/reply.ts';
import { type Asked, ScriptedServer } from '../../support/scripted-server.ts';

const opened: Live[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((live) => live.end()));
});

const ok = (more: object): object => ({ status: 'OK', ...more });

/** What a login and a conversation ask for themselves. */
const answers: Readonly<Record<string, object>> = {
  listen: ok({ messages: 'Listening', since: 0 }),
  chats: ok({ messages: {} }),
  history: ok({ messages: [] }),
};

/** Answers that, and hands out the other requests. */
function serve(server: ScriptedServer) {
  const others: Asked[] = [];
  let came = Promise.withResolvers<void>();
  const lines: string[] = [];
  void (async () => {
    for (;;) {
      const asked = await server.asked();
      lines.push(asked.line);
      const answer = answers[asked.line.split(' ')[0]!];
      if (answer) asked.say(answer);
      else others.push(asked);
      came.resolve();
      came = Promise.withResolvers();
    }
  })();
  return {
    lines,
    async next(): Promise<Asked> {
      while (others.length === 0) await came.promise;
      return others.shift()!;
    },
    async asked(count: number, line: RegExp): Promise<void> {
      while (lines.filter((asked) => line.test(asked)).length < count) await came.promise;
    },
  };
}

function open({ port }: ScriptedServer) {
  const printed: string[] = [];
  const live = new Live({
    server: { port, reconnect: { firstWaitMs: 5, longestWaitMs: 10 } },
    lines: new Lines((_style, text) => text),
    json: false,
    print: (text) => void printed.push(text),
    changed: () => {},
    onLost: () => {},
    onBack: () => {},
    onEnded: () => {},
  });
  opened.push(live);
  return { live, printed };
}

const login = { username: 'messi', token: 'T' };

async function enter() {
  const server = await ScriptedServer.open();
  const requests = serve(server);
  const { live, printed } = open(server);
  await live.begin(login);
  await live.enter('lineker');
  return { server, requests, live, printed };
}

test('whoever leaves is told what was not sent, and what perhaps was', async () => {
  const { server, requests, live, printed } = await enter();
  for (const text of ['one', 'two']) live.say(text);
  (await requests.next()).say(refuse(refusals.failed));
  await requests.next();
  await server.close();
  await live.end();
  live.forget();
  expect(printed.slice(-2)).toEqual(['(perhaps not sent to lineker: one)', '(not sent to lineker: two)']);
});

test('what was never on a connection was not sent', async () => {
  const { server, live, printed } = await enter();
  await server.close();
  while (live.notice === '') await new Promise((resolve) => setTimeout(resolve, 1));
  live.say('one');
  await live.end();
  live.forget();
  expect(printed.at(-1)).toBe('(not sent to lineker: one)');
});

test('what the server could not store is sent again, and its answer told once', async () => {
  const { requests, live, printed } = await enter();
  live.say('one');
  const first = await requests.next();
  first.say(refuse(refusals.failed));
  const second = await requests.next();
  expect(second.line).toBe(first.line);
  second.say(ok({ message: 'Message Sent', id: 4 }));
  await live.sent();
  expect(printed).toHaveLength(1);
  expect(printed[0]).toMatch(/messi: one {2}✓ 4$/);
});

test('a command that failed with its connection is not done later', async () => {
  const { requests, live } = await enter();
  const editing = expect(live.ask((chat) => chat.edit(3, 'lain'))).rejects.toMatchObject({
    name: ConnectionLostError.name,
    advice: expect.stringContaining('it may be changed'),
  });
  const listens = requests.lines.filter((line) => line.startsWith('listen ')).length;
  (await requests.next()).reset();
  await editing;
  await requests.asked(listens + 1, /^listen /);
  // It is there for the server before it is for us.
  while (live.notice !== '') await new Promise((resolve) => setTimeout(resolve, 1));
  const asked = live.ask((chat) => chat.blocks());
  const next = await requests.next();
  expect(next.line).toBe('blocks T');
  next.say(ok({ messages: [] }));
  expect(await asked).toEqual([]);
  expect(requests.lines.filter((line) => line.startsWith('edit '))).toHaveLength(1);
});

test('a command is refused at once when the server cannot do it now', async () => {
  const { requests, live } = await enter();
  const editing = expect(live.ask((chat) => chat.edit(3, 'lain'))).rejects.toThrow(refusals.failed);
  (await requests.next()).say(refuse(refusals.failed));
  await editing;
});

test('to leave while a login begins breaks it off', async () => {
  const server = await ScriptedServer.open();
  const { live } = open(server);
  const beginning = expect(live.begin(login)).rejects.toThrow('the login is over');
  const listening = await server.asked();
  await live.end();
  await beginning;
  expect(live.begun).toBe(false);
  listening.say(answers.listen!);
});
