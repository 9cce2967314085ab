import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commands } from '../../src/commands/index.ts';
import { Hub } from '../../src/live/hub.ts';
import { Dispatcher } from '../../src/server/dispatcher.ts';
import { LoginGuard } from '../../src/server/login-guard.ts';
import { Logins } from '../../src/server/logins.ts';
import { Registrar } from '../../src/server/registrar.ts';
import { SessionTable } from '../../src/server/sessions.ts';
import { openDatabase } from '../../src/store/open.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { INBOX_MESSAGES, type Store } from '../../src/store/store.ts';
import { Tally } from '../../src/threads/tally.ts';
import { Versions } from '../../src/threads/versions.ts';
import { type Cost, CountedSteps } from '../support/counted-database.ts';
import { FULL, fillDatabase, lastNumber, PASSWORD } from '../support/full-store.ts';
import { parseRequest } from '../support/parse-request.ts';
import { quietLog } from '../support/quiet-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** What one piece of an operation may cost: SQLite makes so many steps in about two milliseconds, and hands out so many rows. */
const MOST_STEPS = 150_000;
const MOST_ROWS = 2_500;

let store: Store;
let dispatcher: Dispatcher;
let steps: CountedSteps;
/** Of `full`, who has as much as one can have, and of `other2`, who is in the same group. */
let full: string;
let other: string;
/** Resolved when there are events. */
let told = Promise.withResolvers<void>();

beforeAll(async () => {
  const folder = tempFolder();
  await fillDatabase(folder);
  steps = new CountedSteps();
  const database = steps.counting(openDatabase(folder));
  store = new SqliteStore(database, { inbox: { messages: 1e6, bytes: 1e9 }, steps });
  const log = quietLog();
  const versions = new Versions();
  const logins = new Logins(new LoginGuard(5));
  const limits = { sessionIdle: 1e9, maxSessions: FULL.sessions + 10 };
  const sessions = await SessionTable.load(store, log, limits, versions);
  dispatcher = new Dispatcher({
    store,
    sessions,
    versions,
    logins,
    registrar: new Registrar(store.registry, logins, new LoginGuard(5), log, {
      registration: 'open',
      maxAccounts: 2 * FULL.accounts,
    }),
    log,
    refused: new Tally(),
    live: {
      hub: new Hub(),
      store: store.conversations,
      mostUntaken: 1e9,
    },
    steps,
  });
  for (const connection of [1, 2])
    dispatcher.open(connection, `127.0.0.1:${connection}`, { tell: () => told.resolve() });
  full = (await ask(1, `auth full ${PASSWORD}`)).tokenid as string;
  other = (await ask(2, `auth other2 ${PASSWORD}`)).tokenid as string;
  steps.take();
});
afterAll(() => store.close());

/** The reply to a request, which must be OK. */
async function ask(connection: number, line: string, received = 0): Promise<Record<string, unknown>> {
  const { promise, resolve } = Promise.withResolvers<string>();
  await dispatcher.answer([{ connection, received, asked: parseRequest(line), repeated: 0 }], (results) => {
    for (const { text } of results) resolve(text);
  });
  const reply = JSON.parse(await promise);
  expect([line.split(' ')[0], reply]).toMatchObject([expect.any(String), { status: 'OK' }]);
  return reply;
}

/** What was done since the last look: no piece of it may have been long. Returns the pieces by name. */
function costs(): ReadonlyMap<string, readonly Cost[]> {
  const all = steps.take();
  for (const [name, pieces] of all) {
    const most = {
      steps: Math.max(...pieces.map((cost) => cost.steps)),
      rows: Math.max(...pieces.map((cost) => cost.rows)),
    };
    const isLong = most.steps > MOST_STEPS || most.rows > MOST_ROWS;
    expect({ name, ...most, isLong }).toEqual({ name, ...most, isLong: false });
  }
  return all;
}

const pieces = (name: string): number => costs().get(name)?.length ?? 0;

/** What each command is asked when there is as much as there can be. */
const cases: Readonly<Record<string, () => Promise<unknown>>> = {
  auth: async () => ask(1, `auth full ${PASSWORD}`),
  online: async () => ask(1, `online ${full}`),
  send: async () => ask(2, `send ${other} full hello`),
  post: async () => {
    await ask(2, `post ${other} key full hello`);
    await ask(2, `post ${other} key2 #lab hello`);
  },
  sendgroup: async () => ask(2, `sendgroup ${other} lab hello`),
  status: async () => {
    const { id } = await ask(1, `post ${full} key #lab hello`);
    const { messages } = await ask(1, `status ${full} ${id}`);
    expect(messages).toMatchObject({ members: FULL.members - 1, read: 0 });
    expect(pieces('status')).toBeGreaterThan(10);
  },
  edit: async () => ask(1, `edit ${full} ${lastNumber() - FULL.groups * FULL.inGroup} another`),
  delete: async () => ask(1, `delete ${full} ${lastNumber() - FULL.groups * FULL.inGroup - 1}`),
  history: async () => {
    for (const other of ['other2', '#lab']) {
      const { messages } = await ask(1, `history ${full} ${other} limit 200`);
      // Those in the group are long, and so are fewer.
      expect((messages as object[]).length).toBeGreaterThan(other === '#lab' ? 20 : 199);
    }
    const before = lastNumber() - FULL.groups * FULL.inGroup - FULL.own;
    await ask(1, `history ${full} #lab before ${before} limit 200`);
  },
  search: async () => ask(1, `search ${full} word`),
  chats: async () => {
    const { messages } = (await ask(1, `chats ${full}`)) as { messages: Record<string, { unread: number }> };
    expect(Object.keys(messages)).toHaveLength(FULL.senders + FULL.groups);
    expect(messages.other3).toEqual({ unread: FULL.unread / FULL.senders });
    expect(messages['#group10']).toEqual({ unread: FULL.inGroup, members: 2 });
  },
  getgroups: async () => {
    const { messages } = (await ask(1, `getgroups ${full}`)) as { messages: Record<string, object> };
    // Behind all that is deleted or one's own.
    expect(messages.lab).toMatchObject({ members: FULL.members });
  },
  members: async () => {
    const found: string[] = [];
    for (let after = '', more = true; more; after = found.at(-1)!) {
      const reply = await ask(1, `members ${full} lab${after && ` after ${after}`}`);
      found.push(...Object.keys(reply.messages as object));
      more = reply.more as boolean;
    }
    expect(found).toHaveLength(FULL.members);
    expect(found).toEqual([...new Set(found)].sort());
  },
  addgroup: async () => ask(2, `addgroup ${other} new`),
  joingroup: async () => ask(2, `joingroup ${other} group7`),
  leavegroup: async () => {
    await ask(2, `leavegroup ${other} lab`);
    await ask(2, `joingroup ${other} lab`);
  },
  inboxgroup: async () => {
    const { messages } = (await ask(1, `inboxgroup ${full} lab`)) as { messages: Record<string, object[]> };
    expect(messages.other4).toHaveLength(FULL.inGroup);
    expect(messages.full).toBeUndefined();
    expect(pieces('inboxgroup')).toBeGreaterThan(1);
    // The next look need not go through them again.
    await ask(1, `inboxgroup ${full} lab`, 100);
    expect(
      costs()
        .get('inboxgroup')!
        .every(({ steps }) => steps < MOST_STEPS / 10),
    ).toBe(true);
  },
  listen: async () => {
    told = Promise.withResolvers();
    await ask(1, `listen ${full} since 0`);
    await told.promise;
  },
  inbox: async () => {
    const { messages } = (await ask(1, `inbox ${full}`, 200)) as { messages: Record<string, object[]> };
    expect(Object.keys(messages).length).toBeGreaterThanOrEqual(FULL.senders);
    expect(Object.values(messages).flat().length).toBeLessThanOrEqual(INBOX_MESSAGES);
    // All who have written are remembered, and what was shown is read when the next request comes.
    await ask(1, `inbox ${full}`, 300);
    expect(pieces('inbox')).toBeGreaterThan(FULL.senders / 1000);
  },
  block: async () => ask(1, `block ${full} other2`),
  unblock: async () => ask(1, `unblock ${full} other2`),
  blocks: async () => {
    const { messages } = (await ask(1, `blocks ${full}`)) as { messages: string[] };
    expect(messages).toHaveLength(FULL.blocked);
    expect(pieces('blocks')).toBeGreaterThan(5);
  },
  register: async () => ask(2, 'register New-Name Country newname pw123456'),
  profile: async () => ask(1, `profile ${full} Other-Name Country`),
  sessions: async () => ask(1, `sessions ${full}`),
  ack: async () => {
    await ask(1, `ack ${full} ${lastNumber()} with other7`);
    expect(pieces('ack')).toBeGreaterThan(10);
    await ask(1, `ack ${full} ${lastNumber()}`);
    expect(pieces('ack')).toBeGreaterThan(FULL.unread / 600);
    const { messages } = (await ask(1, `chats ${full}`)) as { messages: Record<string, { unread: number }> };
    expect(Object.values(messages).every(({ unread }) => unread < 10)).toBe(true);
  },
  passwd: async () => ask(1, `passwd ${full} ${PASSWORD} ${PASSWORD}2`),
  logout: async () => {
    await ask(2, `logout ${other}`);
    await ask(1, `logout ${full} all`);
  },
};

test('each command has a case', () => {
  expect(Object.keys(cases).sort()).toEqual([...commands.keys()].sort());
});

test.each(Object.keys(cases))('%s takes few steps at once, however much there is', async (name) => {
  costs();
  await cases[name]!();
  costs();
});

const credentialsOf = async (username: string) => (await store.credentials(username))!.account;

/** What the server and its operator do. */
const works: Readonly<Record<string, () => Promise<unknown>>> = {
  'the list of accounts': async () => {
    let listed = 0;
    for (let page = await store.accounts(0); page.length > 0; page = await store.accounts(page.at(-1)!.id)) {
      listed += page.length;
    }
    expect(listed).toBe(FULL.accounts + 1);
  },
  'deleting what has been read': async () => {
    const now = Date.now();
    let deleted = 0;
    for (let some = -1; some !== 0; deleted += some) some = await store.deleteRead(1, 7, now);
    expect(deleted).toBe(FULL.conversation / 2);
  },
  'disabling an account': async () => {
    expect(await store.changeAccount('other4', { state: 'disabled' })).toMatchObject({ sessionsEnded: 0 });
  },
  'removing the last member of many groups': async () => {
    const [last, sender] = [await credentialsOf('other5'), await credentialsOf('other6')];
    for (let n = 1; n < FULL.groups; n++) await store.groups.add(last, `last${n}`, undefined);
    // None of what is not in the indexes yet was sent to them.
    const message = { sender, recipient: 'other6', text: 'x', sentAt: 5 };
    await Promise.all(Array.from({ length: 5000 }, () => store.addMessage(message)));
    costs();
    await store.changeAccount('other5', { state: 'removed' });
    expect(pieces('change account')).toBeGreaterThan(FULL.groups / 20);
    expect(await store.groups.find(sender, 'last1')).toBeUndefined();
  },
  'removing an account': async () => {
    await store.changeAccount('full', { state: 'removed' });
    let pieces = 0;
    while (await store.clearInbox(1)) pieces++;
    expect(pieces).toBeGreaterThan(FULL.unread / 500);
  },
};

test.each(Object.keys(works))('%s takes few steps at once', async (name) => {
  await works[name]!();
  costs();
});
