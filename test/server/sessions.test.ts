import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Session, SessionState, Surroundings } from '../../src/commands/command.ts';
import { sessions as sessionsCommand } from '../../src/commands/sessions.ts';
import { SessionTable } from '../../src/server/sessions.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { Versions } from '../../src/threads/versions.ts';
import { TestMachine } from '../support/machine.ts';
import { quietLog } from '../support/quiet-log.ts';
import { addAccounts, closeStore, noPassword, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DAY = 24 * 3_600_000;
let store: Store;
let folder: string;
let accounts: Record<'ann' | 'bob', Account>;
let machine: TestMachine;
const load = (from = store, maxSessions = 100) =>
  SessionTable.load(from, quietLog(), { sessionIdle: DAY, maxSessions }, new Versions());
const open = () => openStore(folder, undefined, { machine });

/** Starts a session, which there must be room for. */
async function start(table: SessionTable, account: Account) {
  const started = await table.start(account, noPassword);
  if (typeof started === 'string') throw new Error(started);
  return started;
}

let connections = 0;
const connection = () => ({ id: ++connections, forget: () => {} });

beforeEach(async () => {
  folder = tempFolder();
  machine = new TestMachine();
  store = open();
  accounts = await addAccounts(store, 'ann', 'bob');
});

describe('SessionTable', () => {
  test('a token is a uuid v4, finds its session, and is kept only as a hash', async () => {
    const table = await load();
    const { token, session } = await start(table, accounts.ann);
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(table.find(token)).toBe(session);
    expect(session.id).not.toBe(token);
    expect(table.find(session.id)).toBeUndefined();
    expect(table.find('')).toBeUndefined();
    expect(JSON.stringify(await store.sessions())).not.toContain(token);
  });

  test('a session outlives the process', async () => {
    const { token, session } = await start(await load(), accounts.ann);
    await closeStore(store);
    const table = await load(open());
    expect(table.find(token)).toMatchObject({ id: session.id, account: accounts.ann });
  });

  test('several sessions a user; ending one leaves the others', async () => {
    const table = await load();
    const first = await start(table, accounts.ann);
    const second = await start(table, accounts.ann);
    const ending = table.end(first.session);
    expect(table.find(first.token)).toBeUndefined();
    await ending;
    expect(table.find(second.token)).toBe(second.session);
    expect(await store.sessions()).toHaveLength(1);
  });

  test('a session ends when it is unused for too long, and each use starts anew', async () => {
    const table = await load();
    const { token, session } = await start(table, accounts.ann);
    machine.pass(DAY);
    expect(table.find(token)).toBe(session);
    machine.pass(DAY);
    expect(table.use(session)).toBe(true);
    machine.pass(DAY + 1);
    expect(table.find(token)).toBeUndefined();
    expect(table.use(session)).toBe(false);
    expect(await store.sessions()).toEqual([]);
  });

  test('uses are written down, so that an old login in use outlives the process', async () => {
    const { token } = await start(await load(), accounts.ann);
    const table = await load();
    machine.pass(DAY - 1);
    table.find(token);
    machine.pass(DAY - 1);
    expect((await load()).find(token)).toBeDefined();
  });

  test('expire() ends what nobody asks for', async () => {
    const table = await load();
    await start(table, accounts.ann);
    machine.pass(DAY + 1);
    table.expire();
    expect(await store.sessions()).toEqual([]);
  });

  test('online() lists the sessions with a live connection, in order of login', async () => {
    const table = await load();
    const ann = (await start(table, accounts.ann)).session;
    const bob = (await start(table, accounts.bob)).session;
    const [one, two] = [connection(), connection()];
    table.attach(bob, one);
    table.attach(ann, one);
    table.attach(ann, two);
    expect(table.online().sessions).toEqual([ann, bob]);
    table.detach(ann, one);
    table.detach(bob, one);
    expect(table.online().sessions).toEqual([ann]);
    await table.end(ann);
    expect(table.online().sessions).toEqual([]);
  });

  test('online() is the same page until presence changes or a session has been idle for too long', async () => {
    const table = await load();
    const ann = (await start(table, accounts.ann)).session;
    const bob = (await start(table, accounts.bob)).session;
    const one = connection();
    table.attach(ann, one);
    table.attach(bob, one);
    const both = table.online();
    machine.pass(DAY - 1);
    expect(table.online()).toBe(both);
    table.use(bob);
    machine.pass(2);
    expect(table.online().sessions).toEqual([bob]);
    const alone = table.online();
    machine.pass(DAY - 3);
    expect(table.online()).toBe(alone);
    machine.pass(2);
    expect(table.online().sessions).toEqual([]);
  });

  test('all sessions of a user end at once, here and in the store, and nobody else’s', async () => {
    const table = await load();
    const first = await start(table, accounts.ann);
    const second = await start(table, accounts.ann);
    const bob = await start(table, accounts.bob);
    const [one, two, three] = [connection(), connection(), connection()];
    table.attach(first.session, one);
    table.attach(second.session, two);
    table.attach(bob.session, three);
    const ending = table.endAll('ann', () => store.changeAccount('ann', { state: 'disabled' }));
    expect(table.find(first.token)).toBeUndefined();
    expect(table.online().sessions).toEqual([bob.session]);
    const { written, connections } = await ending;
    expect(written).toEqual({ id: accounts.ann.id, sessionsEnded: 2 });
    expect([...connections]).toEqual([one, two]);
    expect(table.find(second.token)).toBeUndefined();
    expect(table.find(bob.token)).toBe(bob.session);
    expect(await store.sessions()).toHaveLength(1);
  });

  test('sessions that could not be ended in the store are valid again', async () => {
    const table = await load();
    const { token, session } = await start(table, accounts.ann);
    await closeStore(store);
    await expect(
      table.endAll('ann', () => store.changeAccount('ann', { state: 'disabled' })),
    ).rejects.toThrow('storage failed');
    expect(table.find(token)).toBe(session);
  });

  test('no session starts for an account that was changed before it was stored, nor outlives the change', async () => {
    const table = await load();
    const change = (passwordHash: string) =>
      table.endAll('ann', () => store.changeAccount('ann', { passwordHash }));
    // One on its way to the disk when the change is asked for, one asked for behind it.
    const before = table.start(accounts.ann, noPassword);
    const changed = change('new');
    const behind = table.start(accounts.ann, noPassword);
    const fresh = table.start(accounts.ann, 'new');
    await changed;
    expect([await before, await behind]).toEqual(['account has changed', 'account has changed']);
    const { token, session } = (await fresh) as { token: string; session: Session };
    expect(table.find(token)).toBe(session);
    expect((await store.sessions()).map(({ id }) => id)).toEqual([session.id]);
  });

  test('a logout that cannot be stored did not happen', async () => {
    const table = await load();
    const { token, session } = await start(table, accounts.ann);
    await closeStore(store);
    await expect(table.end(session)).rejects.toThrow('storage failed');
    expect(table.find(token)).toBe(session);
  });

  test('of(): the valid sessions of an account, since when and how they are used', async () => {
    const table = await load();
    const first = (await start(table, accounts.ann)).session;
    machine.pass(1000);
    const second = (await start(table, accounts.ann)).session;
    await start(table, accounts.bob);
    table.attach(second, connection());
    machine.pass(1000);
    table.use(first);
    const began = machine.wall() - 2000;
    expect(table.of(accounts.ann)).toEqual([
      { session: first, startedAt: began, usedAt: began + 2000, connected: false },
      { session: second, startedAt: began + 1000, usedAt: began + 1000, connected: true },
    ]);
    expect((await load()).of(accounts.ann)).toMatchObject([
      { startedAt: began },
      { startedAt: began + 1000 },
    ]);
    const ending = table.end(second);
    expect(table.of(accounts.ann)).toMatchObject([{ session: first }]);
    await ending;
    machine.pass(DAY + 1);
    expect(table.of(accounts.ann)).toEqual([]);
  });

  test('of many those that were used last are shown, and the one that asks', async () => {
    const table = await load();
    const all: Session[] = [];
    for (let count = 0; count < 10; count++) {
      // Some are used at the same time.
      if (count % 3 === 0) machine.pass(1000);
      all.push((await start(table, accounts.ann)).session);
    }
    machine.pass(1000);
    for (const index of [1, 8]) table.use(all[index]!);
    const shown = table.of(accounts.ann, 5, all[0]).map(({ session }) => all.indexOf(session as Session));
    expect(shown).toHaveLength(5);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    for (const index of [0, 1, 8, 9]) expect(shown).toContain(index);
    expect(table.of(accounts.ann, 10, all[0])).toHaveLength(10);
    expect(table.byId(accounts.ann, all[3]!.id)).toBe(all[3]);
    expect(table.byId(accounts.bob, all[3]!.id)).toBeUndefined();
  });

  test('of(): nobody sees a session used before it started, or in the future, whatever the clock is set to', async () => {
    const table = await load();
    await start(table, accounts.ann);
    for (const by of [-1, -10 * 60_000, 400 * DAY, -800 * DAY]) {
      machine.setClock(by);
      machine.pass(1000);
      const [{ startedAt, usedAt }] = table.of(accounts.ann) as [SessionState];
      expect(usedAt).toBeGreaterThanOrEqual(startedAt!);
      expect(usedAt).toBeLessThanOrEqual(Math.max(store.clock.stamp(), startedAt!));
    }
  });

  test('a new password ends the account’s other sessions at once and for good, and tells their connections', async () => {
    const table = await load();
    const own = await start(table, accounts.ann);
    const stolen = await start(table, accounts.ann);
    const bob = await start(table, accounts.bob);
    const told: Session[] = [];
    table.attach(stolen.session, { id: 1, forget: (session) => void told.push(session) });
    table.attach(own.session, { id: 2, forget: (session) => void told.push(session) });
    // A login on its way, with the old password.
    const late = table.start(accounts.ann, noPassword);
    const changing = table.changePassword(own.session, noPassword, 'new');
    expect(table.find(stolen.token)).toBeUndefined();
    expect(await changing).toBe('changed');
    expect(await late).toBe('account has changed');
    expect(told).toEqual([stolen.session]);
    expect(table.find(own.token)).toBe(own.session);
    expect(table.find(bob.token)).toBe(bob.session);
    // It comes behind the others, as if it were the last login.
    expect((await store.sessions()).map(({ id }) => id)).toEqual([bob.session.id, own.session.id]);
    expect((await store.credentials('ann'))!.passwordHash).toBe('new');
  });

  test('a new password that is too late, or cannot be stored, leaves the sessions as they were', async () => {
    const table = await load();
    const own = await start(table, accounts.ann);
    const other = await start(table, accounts.ann);
    expect(await table.changePassword(own.session, 'another', 'new')).toBe('account has changed');
    expect(table.find(other.token)).toBe(other.session);
    await table.end(own.session);
    expect(await table.changePassword(own.session, noPassword, 'new')).toBe('session has ended');
    await closeStore(store);
    const third = table.find(other.token)!;
    await expect(table.changePassword(third, noPassword, 'new')).rejects.toThrow('storage failed');
    expect(table.find(other.token)).toBe(other.session);
  });

  test('a profile is shown by every session, also by one whose login was begun before', async () => {
    const table = await load();
    const { session } = await start(table, accounts.ann);
    const shown = connection();
    table.attach(session, shown);
    const before = table.online();
    const profile = { nama: 'Ann Baru', negara: 'Bumi' };
    const changed = table.changeProfile(session.account, profile);
    const late = table.start(accounts.ann, noPassword);
    await changed;
    expect(session.account).toEqual({ ...accounts.ann, ...profile });
    expect(((await late) as { session: Session }).session.account).toEqual(session.account);
    expect(table.online()).not.toBe(before);
    expect((await load()).of(accounts.ann)).toMatchObject([
      { session: { account: profile } },
      { session: { account: profile } },
    ]);
  });

  test('a profile that is the same already is not written', async () => {
    const table = await load();
    const { session } = await start(table, accounts.ann);
    const write = jest.spyOn(store, 'changeProfile');
    const { nama, negara } = accounts.ann;
    await table.changeProfile(session.account, { nama, negara });
    expect(write).not.toHaveBeenCalled();
    await table.changeProfile(session.account, { nama, negara: 'Bumi' });
    expect(write).toHaveBeenCalledTimes(1);
  });

  test('the command shows the last used of many, in order of login, and its own in any case', async () => {
    const table = await load(store, 1000);
    const all: Session[] = [];
    for (let number = 0; number < 250; number++) all.push((await start(table, accounts.ann)).session);
    machine.pass(1000);
    for (const session of all.slice(1, 230)) table.use(session);
    const services = { sessions: table, log: () => {} } as unknown as Surroundings;
    const { messages } = (await sessionsCommand.run({}, services, all[0])) as unknown as {
      messages: Map<string, { current: boolean }>;
    };
    expect([...messages.keys()]).toEqual(all.slice(0, 200).map(({ id }) => id));
    expect(messages.get(all[0]!.id)).toMatchObject({ current: true });
  });

  test('with too many of one user the one that was unused for longest ends, if it has no live connection', async () => {
    const table = await load(store, 2);
    const first = await start(table, accounts.ann);
    machine.pass(1);
    const second = await start(table, accounts.ann);
    const other = await start(table, accounts.bob);
    machine.pass(1);
    table.use(first.session);
    const third = await start(table, accounts.ann);
    expect(table.find(second.token)).toBeUndefined();
    for (const { token, session } of [first, third, other]) expect(table.find(token)).toBe(session);

    const one = connection();
    table.attach(first.session, one);
    table.attach(third.session, one);
    expect(await table.start(accounts.ann, noPassword)).toBe('too many sessions');
    table.detach(third.session, one);
    const fourth = await start(table, accounts.ann);
    expect(table.find(third.token)).toBeUndefined();
    expect((await store.sessions()).map(({ id }) => id)).toEqual(
      [first, other, fourth].map(({ session }) => session.id),
    );
  });
});
