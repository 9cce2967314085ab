import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { notesOf } from '../../scripts/protocol/document.ts';
import { faultIn } from '../../scripts/protocol/shape.ts';
import { Hub } from '../../src/live/hub.ts';
import { Dispatcher } from '../../src/server/dispatcher.ts';
import { LoginGuard } from '../../src/server/login-guard.ts';
import { Logins } from '../../src/server/logins.ts';
import { MOST_ON_A_PAGE } from '../../src/server/online-table.ts';
import { Registrar } from '../../src/server/registrar.ts';
import { MOST_ONLINE_HERE } from '../../src/server/served-connection.ts';
import { SessionTable } from '../../src/server/sessions.ts';
import { Steps } from '../../src/steps.ts';
import { hashPassword } from '../../src/store/passwords.ts';
import { StorageError, type Store } from '../../src/store/store.ts';
import type { ConnectionEnd, Result, ThreadRequest } from '../../src/threads/messages.ts';
import { Tally } from '../../src/threads/tally.ts';
import { Versions } from '../../src/threads/versions.ts';
import { parseRequest } from '../support/parse-request.ts';
import { quietLog } from '../support/quiet-log.ts';
import { closeStore, openStore } from '../support/store.ts';

let store: Store;
let log: ReturnType<typeof quietLog>;
let dispatcher: Dispatcher;
let sessions: SessionTable;
const thread = { tell: (): void => {} };
const passwordHash = hashPassword('surabaya');

beforeEach(async () => {
  store = openStore();
  log = quietLog();
  await store.addAccounts([
    { username: 'ann', nama: 'Ann', negara: 'X', passwordHash: await passwordHash },
    { username: 'bob', nama: 'Bob', negara: 'Y', passwordHash: await passwordHash },
  ]);
  const versions = new Versions();
  const logins = new Logins(new LoginGuard(5));
  sessions = await SessionTable.load(store, log, { sessionIdle: 1000_000, maxSessions: 100 }, versions);
  dispatcher = new Dispatcher({
    store,
    sessions,
    versions,
    logins,
    registrar: new Registrar(store.registry, logins, new LoginGuard(5), log, {
      registration: 'open',
      maxAccounts: 5,
    }),
    log,
    refused: new Tally(),
    live: { hub: new Hub(), store: store.conversations, mostUntaken: 1e6 },
    steps: new Steps(),
  });
});

const request = (connection: number, line: string, received = 0): ThreadRequest => ({
  connection,
  received,
  asked: parseRequest(line),
  repeated: 0,
});
const end = (connection: number, how: ConnectionEnd, received = 0): ThreadRequest => ({
  connection,
  received,
  asked: { end: how },
  repeated: 0,
});

/** Answers a batch to the end: what is posted, in order, each with whether it completes the batch. */
async function answer(
  ...requests: ThreadRequest[]
): Promise<{ results: readonly Result[]; completes: boolean }[]> {
  const posts: { results: readonly Result[]; completes: boolean }[] = [];
  const expected = requests.length;
  const { promise, resolve } = Promise.withResolvers<void>();
  let answered = 0;
  await dispatcher.answer(requests, (results, completes) => {
    posts.push({ results, completes });
    for (const { replies, ended } of results) answered += replies + Number(ended);
    if (answered >= expected) resolve();
  });
  await promise;
  return posts;
}

async function replies(...requests: ThreadRequest[]): Promise<Record<string, unknown>[]> {
  const text = (await answer(...requests))
    .flatMap(({ results }) => results.map((result) => result.text))
    .join('');
  return text
    .split('\r\n\r\n')
    .slice(0, -1)
    .map((reply) => JSON.parse(reply));
}

async function login(connection: number, username: string): Promise<string> {
  dispatcher.open(connection, 'test', thread);
  const [reply] = await replies(request(connection, `auth ${username} surabaya`));
  return String(reply!.tokenid);
}

const shown = (reply: Record<string, unknown> | undefined): string[] =>
  Object.values(reply!.messages as Record<string, { msg: string }[]>).flatMap((list) =>
    list.map(({ msg }) => msg),
  );

describe('Dispatcher', () => {
  test('answers a batch at once and a slow request later, in the order of each connection', async () => {
    dispatcher.open(1, 'test', thread);
    dispatcher.open(2, 'test', thread);
    const posts = await answer(
      request(1, 'nonsense'),
      request(1, 'auth nobody x'),
      request(2, 'inbox wrong'),
      request(1, 'online'),
      request(1, 'auth ann surabaya'),
      request(1, 'online'),
    );
    expect(posts[0]).toMatchObject({ completes: true });
    expect(posts[0]!.results.map(({ connection, replies }) => [connection, replies])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const late = posts.slice(1);
    expect(
      late.every(
        ({ completes, results }) => !completes && results.every(({ connection }) => connection === 1),
      ),
    ).toBe(true);
    const texts = late.flatMap(({ results }) => results.map(({ text }) => text)).join('');
    expect(texts.replace(/[0-9a-f-]{36}/g, 'ID').split('\r\n\r\n')).toEqual([
      '{"status": "ERROR", "message": "User Tidak Ada"}',
      '{"status": "ERROR", "message": "Informasi tidak ditemukan"}',
      '{"status": "OK", "tokenid": "ID"}',
      '{"status": "OK", "messages": {"ID": {"username": "ann", "userdetail": {"nama": "Ann", "negara": "X"}}}}',
      '',
    ]);
  });

  test('who stops to listen before the reply is out is told so, behind the reply', async () => {
    const heard: string[] = [];
    const token = await login(1, 'ann');
    dispatcher.open(2, 'test', { tell: (_connection, text) => void heard.push(text) });
    const place = { since: 0, incarnation: 'x', sure: true };
    let slow: ((value: typeof place) => void) | undefined;
    const last = jest.spyOn(store.conversations, 'place');
    last.mockImplementationOnce(() => Promise.resolve(place));
    // The second is what the batch waits for.
    last.mockImplementationOnce(() => new Promise((resolve) => (slow = resolve)));
    const asked = [request(2, `listen ${token}`), request(1, `listen ${token}`)];
    const answered = dispatcher.answer(asked, (results) => {
      for (const { connection, text } of results) if (connection === 2) heard.push(text);
    });
    await sessions.endAll('ann', async () => {});
    expect(heard).toEqual([]);
    slow!(place);
    await answered;
    expect(heard.map((text) => text.trim())).toEqual([
      '{"status": "OK", "messages": "Listening", "since": 0, "incarnation": "x"}',
      '{"event": "dropped", "since": 0}',
    ]);
  });

  test('requests that come while a slow one runs wait for it', async () => {
    dispatcher.open(1, 'test', thread);
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    const post = (results: readonly Result[]): void => {
      for (const result of results) {
        text += result.text;
        if (result.ended) resolve(text);
      }
    };
    await dispatcher.answer([request(1, 'auth ann wrong')], post);
    await dispatcher.answer([request(1, 'nonsense')], post);
    await dispatcher.answer([request(1, 'inbox x'), end(1, 'clean')], post);
    expect((await promise).match(/"message": "[^"]*"/g)).toEqual([
      '"message": "Password Salah"',
      '"message": "**Protocol Tidak Benar"',
      '"message": "Informasi tidak ditemukan"',
    ]);
  });

  test('counts errors and says which reply carries messages', async () => {
    const token = await login(1, 'ann');
    const [post] = await answer(
      request(1, `send ${token} ann hi`),
      request(1, 'bad'),
      request(1, `inbox ${token}`),
    );
    expect(post!.results[0]).toMatchObject({ replies: 3, errors: 1, delivers: true, ended: false });
    const [empty] = await answer(request(1, `inbox ${token}`));
    expect(empty!.results[0]).toMatchObject({ delivers: false });
  });

  test('batches that come at once: those of one connection are answered in order, and nobody waits for others', async () => {
    const ann = await login(1, 'ann');
    const bob = await login(2, 'bob');
    const posted: string[] = [];
    const ask = (name: string, ...requests: ThreadRequest[]): Promise<void> =>
      dispatcher.answer(requests, (results, completes) => {
        const connections = results.map(({ connection }) => connection).join();
        posted.push(`${name}: ${completes ? 'batch' : 'late'} ${connections}`);
      });
    await Promise.all([
      ask('written', request(1, `send ${ann} bob hello`)),
      ask('behind it', request(1, `online ${ann}`), request(2, `online ${bob}`)),
      ask('slow', request(1, 'auth ann surabaya')),
      ask('behind that', request(1, `inbox ${ann}`)),
      ask('alone', request(2, `online ${bob}`)),
      ask('somebody else', request(3, 'online'), end(4, 'lost')),
      ask('the end', request(1, `inbox ${ann}`), end(1, 'clean')),
    ]);
    const order = (name: string): number => posted.findIndex((post) => post.startsWith(name));
    expect(posted.toSorted()).toEqual(
      [
        'alone: batch 2',
        'behind it: batch 1,2',
        'behind that: batch ',
        'slow: batch ',
        'slow: late 1',
        'slow: late 1',
        'slow: late 1',
        'slow: late 1',
        'somebody else: batch ',
        'the end: batch ',
        'written: batch 1',
      ].toSorted(),
    );
    expect(order('somebody else')).toBeLessThan(order('written'));
    expect(order('written')).toBeLessThan(order('behind it'));
    expect(order('behind it')).toBeLessThan(order('alone'));
    expect(order('behind it')).toBeLessThan(order('slow'));
    expect(order('slow: batch')).toBeLessThan(order('slow: late'));
  });

  test('however long each thing takes: a connection is answered in the order in which it asked, each batch once', async () => {
    const tokens = [await login(0, 'ann'), await login(1, 'bob'), await login(2, 'ann')];
    let turns: number[] = [];
    /** Some turns of the event loop later. */
    const late = async <T>(value: T): Promise<T> => {
      for (let left = turns.pop() ?? 0; left > 0; left--) await nextTurn();
      return value;
    };
    jest.spyOn(store.conversations, 'post').mockImplementation(({ key }) => late(Number(key)));
    jest.spyOn(store.conversations, 'edit').mockImplementation(() => late('no such message' as const));
    let asked = 0;
    /** What is asked, and what its reply shows. What is asked behind the third or the fourth waits; the fourth is slow. */
    const kinds: ((token: string) => { line: string; shows: string })[] = [
      (token) => ({ line: `post ${token} ${++asked} bob hello`, shows: `"id": ${asked}` }),
      () => ({ line: 'nonsense', shows: '**Protocol Tidak Benar' }),
      (token) => ({ line: `edit ${token} 1 other`, shows: 'Message not found' }),
      () => ({ line: 'auth nobody x', shows: 'User Tidak Ada' }),
    ];
    const batch = fc.array(
      fc.tuple(fc.nat(tokens.length - 1), fc.oneof({ weight: 6, arbitrary: fc.nat(2) }, fc.constant(3))),
      { maxLength: 8 },
    );
    const schedule = fc.record({
      batches: fc.array(fc.record({ batch, pause: fc.nat(2) }), { maxLength: 6 }),
      turns: fc.array(fc.nat(5), { maxLength: 50 }),
    });
    const lookUp = store.credentials.bind(store);
    jest
      .spyOn(store, 'credentials')
      .mockImplementation(async (username) =>
        late(username === 'nobody' ? undefined : await lookUp(username)),
      );
    jest.spyOn(Logins.prototype, 'check').mockImplementation(() => late('wrong' as const));
    await fc.assert(
      fc.asyncProperty(schedule, async ({ batches, turns: drawn }) => {
        turns = drawn;
        const expected = tokens.map(() => [] as string[]);
        const replies = tokens.map(() => '');
        const completed = batches.map(() => 0);
        const answered: Promise<void>[] = [];
        for (const [index, { batch, pause }] of batches.entries()) {
          const requests = batch.map(([connection, kind]) => {
            const { line, shows } = kinds[kind]!(tokens[connection]!);
            expected[connection]!.push(shows);
            return request(connection, line);
          });
          const post = (results: readonly Result[], completes: boolean): void => {
            if (completes) completed[index]!++;
            for (const { connection, text } of results) replies[connection] += text;
          };
          answered.push(dispatcher.answer(requests, post));
          for (let left = pause; left > 0; left--) await nextTurn();
        }
        await Promise.all(answered);
        await dispatcher.settled();
        expect(completed).toEqual(batches.map(() => 1));
        for (const [connection, shown] of expected.entries()) {
          const got = replies[connection]!.split('\r\n\r\n').slice(0, -1);
          expect(got).toEqual(shown.map((part) => expect.stringContaining(part)));
        }
      }),
    );
    jest.restoreAllMocks();
  });

  test('a batch that cannot be posted is told so, and holds up none behind it', async () => {
    const token = await login(1, 'ann');
    const lost = dispatcher.answer([request(1, `send ${token} bob hello`)], () => {
      throw new Error('no way');
    });
    const behind = answer(request(1, `online ${token}`));
    await expect(lost).rejects.toThrow('no way');
    expect(await behind).toMatchObject([{ completes: true, results: [{ connection: 1, replies: 1 }] }]);
    await dispatcher.settled();
  });

  test('an unknown connection is not answered, but the batch is completed', async () => {
    const posts: boolean[] = [];
    await dispatcher.answer([request(9, 'online')], (_results, completes) => void posts.push(completes));
    expect(posts).toEqual([true]);
  });

  test('register: when no session can be started the reply says that the account is made', async () => {
    dispatcher.open(1, 'test', thread);
    const add = jest.spyOn(store, 'addSession');
    const made = { status: 'ERROR', message: 'Account is made, log in to it with auth' };
    for (const [name, fail] of [
      ['cid', () => Promise.reject(new StorageError('no', { disk: true }))],
      ['dora', () => Promise.resolve(undefined)],
    ] as const) {
      add.mockImplementationOnce(fail);
      expect(await replies(request(1, `register N X ${name} surabaya`))).toEqual([made]);
      expect(await login(1, name)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a failing store is an error reply and a log line, never an OK; only what a disk fails at is to be tried again', async () => {
    const token = await login(1, 'ann');
    jest.spyOn(store, 'addMessage').mockRejectedValueOnce(new StorageError('full', { disk: true }));
    expect(await replies(request(1, `send ${token} bob hi`))).toEqual([
      { status: 'ERROR', message: 'Server could not do this, try again' },
    ]);
    expect(log.lines.join('\n')).not.toContain('a request failed');
    await closeStore(store);
    expect(await replies(request(1, `send ${token} bob hi`))).toEqual([
      { status: 'ERROR', message: 'Server has a fault and could not do this, tell its operator' },
    ]);
    expect(log.lines.join('\n')).toContain('storage failed');
  });

  test('the log names sessions, not tokens, and shows no password and no text', async () => {
    const token = await login(1, 'ann');
    await replies(
      request(1, `send ${token} ann secret-text`),
      request(1, `inbox ${token}`),
      request(1, `logout ${token}`),
    );
    const lines = log.lines.join('\n');
    for (const line of [
      'AUTH: auth ann',
      'LOGIN: ann',
      'SEND: session',
      'INBOX: ',
      'LOGOUT: Logging out ann',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines).toContain('balas ke  client: {"status": "OK", "message": "Message Sent"}');
    for (const secret of [token, 'surabaya', 'secret-text']) expect(lines).not.toContain(secret);
  });
});

describe('who is gone', () => {
  const others = Array.from({ length: 2 * availableParallelism() }, (_, index) => 100 + index);
  /** What was posted, by connection, in order. */
  let posted: [connection: number, what: string][];
  let settled: Promise<unknown>;

  const post = (results: readonly Result[]): void => {
    for (const { connection, text, ended } of results) {
      posted.push([connection, `${text.replace(/[0-9a-f-]{36}/g, 'ID').trim()}${ended ? 'ended' : ''}`]);
    }
  };
  const ask = (...requests: ThreadRequest[]): Promise<void> => dispatcher.answer(requests, post);
  const here = (): string[] => posted.flatMap(([connection, what]) => (connection === 1 ? [what] : []));
  const failed = '{"status": "ERROR", "message": "Server could not do this, try again"}';

  /** Others have asked for so much that nothing of connection 1 that is hashed has its turn soon. */
  beforeEach(() => {
    posted = [];
    for (const connection of [1, ...others]) dispatcher.open(connection, `test:${connection}`, thread);
    settled = Promise.all(others.map((connection) => ask(request(connection, 'auth bob surabaya'))));
  });
  afterEach(async () => {
    await settled;
    expect(posted.filter(([connection]) => connection !== 1)).toHaveLength(others.length);
  });

  const slow = (token: string): Record<string, string> => ({
    auth: 'auth ann surabaya',
    register: 'register Cid X cid rahasia',
    passwd: `passwd ${token} surabaya fresh`,
    addgroup: `addgroup ${token} lab secret`,
    joingroup: `joingroup ${token} kept secret`,
  });

  test.each(['auth', 'register', 'passwd', 'addgroup', 'joingroup'])(
    '%s: it leaves the queue, with all that waits behind it, and nothing has been done',
    async (command) => {
      await settled;
      const token = await login(2, 'ann');
      await store.groups.add((await store.credentials('bob'))!.account, 'kept', await passwordHash);
      posted = [];
      settled = Promise.all(others.map((connection) => ask(request(connection, 'auth bob surabaya'))));
      const [before, account] = [sessions.of((await store.credentials('ann'))!.account).length, 'ann'];
      void ask(request(1, slow(token)[command]!), request(1, `send ${token} bob behind it`));
      void ask(end(1, 'clean'));
      // It has come as far as it can: the queue.
      await store.credentials('ann');
      await ask(end(1, 'gone'));
      expect(here()).toEqual(['ended']);
      expect(posted.length).toBeLessThan(others.length);
      await settled;
      await dispatcher.settled();
      expect(here()).toEqual(['ended']);
      expect(sessions.of((await store.credentials(account))!.account)).toHaveLength(before);
      expect(await store.credentials('cid')).toBeUndefined();
      expect((await store.credentials('ann'))!.passwordHash).toBe(await passwordHash);
      expect(await store.groups.find((await store.credentials('ann'))!.account, 'lab')).toBeUndefined();
      expect(await store.groups.find((await store.credentials('ann'))!.account, 'kept')).toMatchObject({
        member: false,
      });
      expect(log.lines.join('\n')).not.toContain('failed');
    },
  );

  test('when its thread dies it is the same', async () => {
    void ask(request(1, 'auth ann surabaya'));
    await store.credentials('ann');
    dispatcher.lose(1);
    await dispatcher.settled();
    expect(here()).toEqual([]);
    expect(sessions.of((await store.credentials('ann'))!.account)).toEqual([]);
  });

  test('who is refused late need not stay so long', async () => {
    await settled;
    for (let guess = 0; guess < 6; guess++) await replies(request(1, 'auth nobody x'));
    const refused = ask(request(1, 'auth nobody x'));
    await store.credentials('nobody');
    await ask(end(1, 'gone'));
    await refused;
    await dispatcher.settled();
    expect(here()).toEqual(['ended']);
  });

  test('a connection that is cut is told what was begun and what was not, and ends', async () => {
    void ask(request(1, 'nonsense'), request(1, 'auth ann surabaya'), request(1, 'nonsense'));
    await store.credentials('ann');
    await ask(end(1, 'cut'));
    await dispatcher.settled();
    expect(here()).toEqual(['{"status": "ERROR", "message": "**Protocol Tidak Benar"}', failed, 'ended']);
    expect(sessions.of((await store.credentials('ann'))!.account)).toEqual([]);
  });

  test('who has only closed their sending side is answered, in order', async () => {
    await ask(request(1, 'auth ann surabaya'), request(1, 'online'), end(1, 'clean'));
    expect(here()[0]).toBe('{"status": "OK", "tokenid": "ID"}');
    expect(here().at(-1)).toMatch(/^\{"status": "OK", "messages": .*"ann".*ended$/);
  });
});

describe('delivery', () => {
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    ann = await login(1, 'ann');
    bob = await login(2, 'bob');
    await replies(request(1, `send ${ann} bob one`), request(1, `send ${ann} bob two`));
  });

  const look = async (connection: number, received: number) =>
    shown((await replies(request(connection, `inbox ${bob}`, received)))[0]);

  test('a message is read when the next request comes behind the written reply', async () => {
    expect(await look(2, 1)).toEqual(['one', 'two']);
    expect(await look(2, 2)).toEqual([]);
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual([]);
  });

  test('any request is such a sign, also one that is refused', async () => {
    expect(await look(2, 1)).toEqual(['one', 'two']);
    await replies(request(2, 'nonsense', 2));
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual([]);
  });

  test('requests sent ahead are no sign: another connection still finds the messages, this one is not shown them twice', async () => {
    const [first, second, third] = await replies(
      request(2, `inbox ${bob}`, 1),
      request(2, `inbox ${bob}`, 1),
      request(2, 'nonsense', 1),
    );
    expect([shown(first), shown(second), third!.status]).toEqual([['one', 'two'], [], 'ERROR']);
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual(['one', 'two']);
  });

  test('a clean close behind the reply is a sign, one that came before it was written is not', async () => {
    await look(2, 1);
    await answer(end(2, 'clean', 1));
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual(['one', 'two']);
    await answer(end(3, 'clean', 1));
    dispatcher.open(4, 'test', thread);
    expect(await look(4, 0)).toEqual([]);
  });

  test.each([
    ['a lost connection', () => answer(end(2, 'lost'))],
    ['a dead thread', async () => dispatcher.lose(2)],
  ])('%s leaves messages unread', async (_name, lose) => {
    await look(2, 1);
    await lose();
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual(['one', 'two']);
  });

  test('two connections of one user each see what the other has not confirmed', async () => {
    dispatcher.open(3, 'test', thread);
    expect(await look(2, 1)).toEqual(['one', 'two']);
    expect(await look(3, 0)).toEqual(['one', 'two']);
    await replies(request(1, `send ${ann} bob three`));
    expect(await look(2, 2)).toEqual(['three']);
    expect(await look(3, 1)).toEqual(['three']);
  });

  test('a message that comes behind the reply is not taken as received with it', async () => {
    expect(await look(2, 1)).toEqual(['one', 'two']);
    await replies(request(1, `send ${ann} bob three`));
    await answer(end(2, 'clean', 2));
    dispatcher.open(3, 'test', thread);
    expect(await look(3, 0)).toEqual(['three']);
  });
});

describe('an account that an operator has changed', () => {
  const auth = (password: string) => replies(request(1, `auth ann ${password}`));

  test('disabled: only who knows the password hears of it, and messages are kept', async () => {
    const bob = await login(2, 'bob');
    dispatcher.open(1, 'test', thread);
    await store.changeAccount('ann', { state: 'disabled' });
    expect(await auth('wrong')).toEqual([{ status: 'ERROR', message: 'Password Salah' }]);
    expect(await auth('surabaya')).toEqual([{ status: 'ERROR', message: 'Account is disabled' }]);
    expect(await replies(request(2, `send ${bob} ann hi`))).toEqual([
      { status: 'OK', message: 'Message Sent' },
    ]);
    await store.changeAccount('ann', { state: 'enabled' });
    const ann = await login(1, 'ann');
    expect(shown((await replies(request(1, `inbox ${ann}`)))[0])).toEqual(['hi']);
  });

  test('removed: there is no such user, and what it sent is still delivered', async () => {
    const [ann, bob] = [await login(1, 'ann'), await login(2, 'bob')];
    await replies(request(1, `send ${ann} bob last words`), request(2, `send ${bob} ann hi`));
    await store.changeAccount('ann', { state: 'removed' });
    expect(await auth('surabaya')).toEqual([{ status: 'ERROR', message: 'User Tidak Ada' }]);
    expect(await replies(request(2, `send ${bob} ann hi`))).toEqual([
      { status: 'ERROR', message: 'User Tidak Ditemukan' },
    ]);
    expect(await replies(request(2, `inbox ${bob}`))).toEqual([
      {
        status: 'OK',
        messages: { ann: [{ msg_from: 'Ann', msg_to: 'Bob', msg: 'last words' }] },
      },
    ]);
  });

  test('while its password is being checked: no session starts', async () => {
    dispatcher.open(1, 'test', thread);
    const reply = auth('surabaya');
    while (!log.lines.includes('AUTH: auth ann')) await new Promise(setImmediate);
    await store.changeAccount('ann', { state: 'disabled' });
    expect((await reply)[0]!.status).toBe('ERROR');
    expect(await store.sessions()).toEqual([]);
  });
});

describe('who is on a connection', () => {
  const users = (connection: number) => dispatcher.whoIs(connection)!.users;
  const use = (connection: number, token: string) => replies(request(connection, `chats ${token}`));

  test('is whoever logged in there or used a token, the last one first', async () => {
    const [ann, bob] = [await login(1, 'ann'), await login(2, 'bob')];
    dispatcher.open(3, 'test', thread);
    expect(users(3)).toEqual([]);
    expect(dispatcher.describe(3)).toBe('connection 3 (test)');
    await use(3, ann);
    expect(users(3)).toEqual(['ann']);
    expect(dispatcher.describe(3)).toMatch(/^connection 3 \(test, ann, session [\da-f-]+\)$/);
    await use(3, bob);
    expect(users(3)).toEqual(['bob', 'ann']);
    expect(dispatcher.describe(3)).toMatch(/^connection 3 \(test, bob, session [\da-f-]+, and 1 more\)$/);
    await use(3, ann);
    await use(3, ann);
    expect(users(3)).toEqual(['ann', 'bob']);
    await replies(request(3, 'auth bob surabaya'));
    expect(users(3)).toEqual(['bob', 'ann']);
    await use(3, ann);
    expect(users(3)).toEqual(['ann', 'bob']);
    expect(users(1)).toEqual(['ann']);
  });

  test('is nobody any more behind a logout, here or elsewhere, or the end of the account', async () => {
    const [ann, bob] = [await login(1, 'ann'), await login(2, 'bob')];
    dispatcher.open(3, 'test', thread);
    await use(3, ann);
    await use(3, bob);
    await replies(request(3, `logout ${bob}`));
    expect(users(3)).toEqual(['ann']);
    expect(users(2)).toEqual([]);
    await sessions.endAll('ann', () => store.changeAccount('ann', { state: 'removed' }));
    expect([1, 2, 3].map(users)).toEqual([[], [], []]);
    expect(dispatcher.describe(3)).toBe('connection 3 (test)');
  });
});

describe('presence', () => {
  const names = async (connection: number): Promise<string[]> => {
    const [reply] = await replies(request(connection, 'online'));
    return Object.values(reply!.messages as Record<string, { username: string }>).map(
      ({ username }) => username,
    );
  };

  test('a session is online while a connection that uses it lives', async () => {
    await login(1, 'ann');
    const bob = await login(2, 'bob');
    expect(await names(1)).toEqual(['ann', 'bob']);
    dispatcher.open(3, 'test', thread);
    await replies(request(3, `inbox ${bob}`));
    dispatcher.lose(2);
    expect(await names(1)).toEqual(['ann', 'bob']);
    await answer(end(3, 'clean'));
    expect(await names(1)).toEqual(['ann']);
  });

  test('a long list comes in pages; together they are all of it, in order of login', async () => {
    const token = await login(1, 'ann');
    const usernames = Array.from({ length: MOST_ON_A_PAGE + 20 }, (_, number) => `user${number}`);
    const hash = await passwordHash;
    await store.addAccounts(
      usernames.map((username) => ({ username, nama: 'N', negara: 'X', passwordHash: hash })),
    );
    const found = await Promise.all(usernames.map((username) => store.credentials(username)));
    const started = await Promise.all(found.map((one) => sessions.start(one!.account, hash)));
    for (const one of started) {
      if (typeof one === 'string') throw new Error(one);
      sessions.attach(one.session, { id: 9, forget: () => {} });
    }
    const [first] = await replies(request(1, `online ${token}`));
    expect(Object.keys(first!)).toEqual(['status', 'messages', 'more', 'next']);
    expect(faultIn(notesOf('online').reply, first)).toBeUndefined();
    expect(first!.more).toBe(21);
    const [second] = await replies(request(1, `online ${token} after ${String(first!.next)}`));
    expect(Object.keys(second!)).toEqual(['status', 'messages']);
    const listed = [first, second].flatMap((page) =>
      Object.values(page!.messages as Record<string, { username: string }>).map(({ username }) => username),
    );
    expect(listed).toEqual(['ann', ...usernames]);
    const [none] = await replies(request(1, `online ${token} after 999999`));
    expect(none).toEqual({ status: 'OK', messages: {} });
  });

  test('one connection keeps so many sessions online: whose it is and whom it listens for among them', async () => {
    const heard: string[] = [];
    dispatcher.open(1, 'test', { tell: (_connection, text) => void heard.push(text) });
    const [{ tokenid: listening }] = (await replies(request(1, 'auth ann surabaya'))) as [
      { tokenid: string },
    ];
    await replies(request(1, `listen ${listening}`));
    const [{ tokenid: own }] = (await replies(request(1, 'auth ann surabaya'))) as [{ tokenid: string }];
    const { account } = (await store.credentials('bob'))!;
    const hash = await passwordHash;
    for (let number = 0; number < 2 * MOST_ONLINE_HERE; number++) {
      const started = await sessions.start(account, hash);
      if (typeof started === 'string') throw new Error(started);
      expect(await replies(request(1, `sessions ${started.token}`))).toMatchObject([{ status: 'OK' }]);
    }
    const listed = await names(1);
    expect(listed).toEqual(['ann', 'ann', ...Array(MOST_ONLINE_HERE - 2).fill('bob')]);
    expect(await replies(request(1, `logout ${own}`), request(1, 'online'))).toMatchObject([
      { status: 'OK' },
      { status: 'ERROR' },
    ]);
    await replies(request(1, `logout ${listening}`));
    expect(heard.at(-1)).toContain('"dropped"');
    await dispatcher.answer([end(1, 'lost')], () => {});
    expect(sessions.online().sessions).toEqual([]);
  });

  test('online without a token answers only where someone has logged in', async () => {
    const token = await login(1, 'ann');
    dispatcher.open(2, 'test', thread);
    await replies(request(2, `inbox ${token}`));
    expect(await replies(request(2, 'online'))).toEqual([
      { status: 'ERROR', message: 'Informasi tidak ditemukan' },
    ]);
  });

  test('a login that ends behind its connection is not online', async () => {
    await login(1, 'ann');
    dispatcher.open(2, 'test', thread);
    const add = store.addSession.bind(store);
    jest.spyOn(store, 'addSession').mockImplementationOnce((...session) => {
      dispatcher.lose(2);
      return add(...session);
    });
    await dispatcher.answer([request(2, 'auth bob surabaya')], () => {});
    // What had begun has ended as if the line had been cut a little later.
    expect(log.lines.join('\n')).toContain('LOGIN: bob');
    expect(await names(1)).toEqual(['ann']);
  });
});
