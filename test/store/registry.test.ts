import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { hashInviteCode, newInviteCode } from '../../src/store/invite-codes.ts';
import type { Store } from '../../src/store/store.ts';
import { TestMachine } from '../support/machine.ts';
import { addAccounts, closeStore, noPassword, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const account = (username: string) => ({ username, nama: 'N', negara: 'X', passwordHash: noPassword });
const open = { mostAccounts: 100, invite: undefined };
const given = (code: string) => ({ mostAccounts: 100, invite: hashInviteCode(code) });

describe('register', () => {
  test('makes an account that is there after the store was opened again', async () => {
    const folder = tempFolder();
    const store = openStore(folder);
    const made = await store.registry.register(account('budi'), open);
    expect(made).toEqual({ id: expect.any(Number), username: 'budi', nama: 'N', negara: 'X' });
    await closeStore(store);
    expect((await openStore(folder).credentials('budi'))!.account).toEqual(made);
  });

  test('of many who register the same name or look-alikes at once, one gets it', async () => {
    const { registry } = openStore();
    const names = ['budi', 'budi', 'Budi', 'bud1', 'ｂudi', 'budl', 'budi'];
    const outcomes = await Promise.all(names.map((name) => registry.register(account(name), open)));
    expect(outcomes[0]).toMatchObject({ username: 'budi' });
    const refused = ['taken', 'looks taken', 'looks taken', 'looks taken', 'looks taken', 'taken'];
    expect(outcomes.slice(1)).toEqual(refused);
  });

  test('a removed account’s name and what looks like it are not given again', async () => {
    const store = openStore();
    await addAccounts(store, 'budi');
    await store.changeAccount('budi', { state: 'removed' });
    for (const [name, why] of [
      ['budi', 'taken'],
      ['Budi', 'looks taken'],
    ] as const) {
      expect(await store.registry.obstacle(name, open)).toBe(why);
      expect(await store.registry.register(account(name), open)).toBe(why);
    }
  });

  test('up to so many accounts, removed ones not counted, however many ask at once', async () => {
    const store = openStore();
    await addAccounts(store, 'ann', 'gone');
    await store.changeAccount('gone', { state: 'removed' });
    const terms = { ...open, mostAccounts: 3 };
    const names = ['budi', 'cici', 'dodo'];
    const outcomes = await Promise.all(names.map((name) => store.registry.register(account(name), terms)));
    expect(outcomes.map((outcome) => typeof outcome === 'string')).toEqual([false, false, true]);
    expect(outcomes[2]).toBe('too many accounts');
    // What is remembered of how many there are goes with them, and is not of what was undone.
    await store.changeAccount('budi', { state: 'removed' });
    await expect(addAccounts(store, 'new', 'ann')).rejects.toThrow('storage failed');
    expect(await store.registry.obstacle('dodo', terms)).toBeUndefined();
    expect(await store.registry.register(account('dodo'), terms)).toMatchObject({ username: 'dodo' });
    expect(await store.registry.obstacle('emil', terms)).toBe('too many accounts');
  });
});

describe('invites', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  const open = (folder?: string) => openStore(folder, undefined, { machine });
  const invite = async (store: Store, lifetime = 10 * HOUR): Promise<string> => {
    const code = newInviteCode();
    await store.registry.addInvites([hashInviteCode(code)], lifetime);
    return code;
  };

  test('a code is 128 random bits', () => {
    const codes = Array.from({ length: 100 }, newInviteCode);
    expect(new Set(codes).size).toBe(100);
    for (const code of codes) expect(code).toMatch(/^[0-9a-f]{32}$/);
  });

  test('one is good for one account, whoever asks at once', async () => {
    const folder = tempFolder();
    const store = open(folder);
    const code = await invite(store);
    machine.pass(HOUR);
    const usedAt = machine.wall();
    const names = ['budi', 'cici', 'dodo'];
    const made = await Promise.all(names.map((name) => store.registry.register(account(name), given(code))));
    expect(made.slice(1)).toEqual(['invite is not good', 'invite is not good']);
    expect(await store.credentials('cici')).toBeUndefined();
    await closeStore(store);
    const again = open(folder);
    expect(await again.registry.register(account('cici'), given(code))).toBe('invite is not good');
    expect(await again.registry.invites(0)).toMatchObject([{ id: 1, used: { at: usedAt, by: 'budi' } }]);
  });

  test('is not used up by a registration that fails', async () => {
    const store = openStore();
    await addAccounts(store, 'ann');
    const code = await invite(store);
    expect(await store.registry.register(account('ann'), given(code))).toBe('taken');
    expect(await store.registry.register(account('Ann'), given(code))).toBe('looks taken');
    expect(await store.registry.register(account('budi'), { ...given(code), mostAccounts: 1 })).toBe(
      'too many accounts',
    );
    expect(await store.registry.register(account('budi'), given(code))).toMatchObject({ username: 'budi' });
  });

  test('one that is wrong, expired or revoked is no good, and says nothing of the name', async () => {
    const store = open();
    await addAccounts(store, 'ann');
    const [code, revoked, expired] = [await invite(store), await invite(store), await invite(store, HOUR)];
    expect(await store.registry.revokeInvite(2)).toBe('revoked');
    expect(await store.registry.revokeInvite(2)).toBe('no such invite');
    machine.pass(HOUR);
    for (const terms of [given('guess'), given(''), given(expired), given(revoked)]) {
      for (const name of ['ann', 'budi']) {
        expect(await store.registry.obstacle(name, terms)).toBe('invite is not good');
        expect(await store.registry.register(account(name), terms)).toBe('invite is not good');
      }
    }
    await store.registry.register(account('budi'), given(code));
    expect(await store.registry.revokeInvite(1)).toBe('used');
  });

  test('are listed some at a time, by number; expired ones that nobody used go when new ones are made', async () => {
    const store = open();
    const many = Array.from({ length: 600 }, (_, number) => hashInviteCode(String(number)));
    const madeAt = machine.wall();
    await store.registry.addInvites(many, HOUR);
    await store.registry.register(account('budi'), given('599'));
    const page = await store.registry.invites(0);
    expect(page.length).toBe(500);
    expect((await store.registry.invites(page.at(-1)!.id)).length).toBe(100);
    machine.pass(HOUR);
    const now = machine.wall();
    expect((await store.registry.invites(0))[0]).toMatchObject({ id: 1, expired: true });
    await store.registry.addInvites([hashInviteCode('new')], HOUR);
    expect(await store.registry.invites(0)).toEqual([
      { id: 600, madeAt, expiresAt: now, expired: true, used: { at: madeAt, by: 'budi' } },
      { id: 601, madeAt: now, expiresAt: now + HOUR, expired: false, used: undefined },
    ]);
  });

  test('a clock that is wrong for a while neither ends one nor makes it last', async () => {
    const folder = tempFolder();
    const store = open(folder);
    const before = await invite(store, 2 * HOUR);
    machine.setClock(-400 * DAY);
    await store.clock.look();
    const [behind, short] = [await invite(store, 2 * HOUR), await invite(store, HOUR / 2)];
    machine.setClock(800 * DAY);
    await store.clock.look();
    machine.pass(HOUR);
    const ahead = await invite(store, 2 * HOUR);
    const good = async (among: Store, ...codes: string[]): Promise<boolean[]> =>
      Promise.all(codes.map((code) => among.registry.isGood(hashInviteCode(code))));
    expect(await good(store, before, behind, short, ahead)).toEqual([true, true, false, true]);
    await closeStore(store);
    machine.setClock(-400 * DAY);
    const again = open(folder);
    expect(await good(again, before, behind, ahead)).toEqual([true, true, true]);
    machine.pass(HOUR);
    expect(await good(again, before, behind, ahead)).toEqual([false, false, true]);
    machine.pass(HOUR);
    expect(await good(again, ahead)).toEqual([false]);
  });

  test('it counts that the server was off, once that is believed', async () => {
    const folder = tempFolder();
    let store = open(folder);
    const [days, week] = [await invite(store, 3 * DAY), await invite(store, 7 * DAY)];
    const expiresAt = machine.wall() + 7 * DAY;
    await closeStore(store);
    machine.restart(5 * DAY);
    store = open(folder);
    machine.pass(MINUTE);
    const young = await invite(store, 3 * DAY);
    const good = () =>
      Promise.all([days, week, young].map((code) => store.registry.isGood(hashInviteCode(code))));
    await store.clock.look();
    expect(await good()).toEqual([true, true, true]);
    machine.pass(HOUR);
    await store.clock.look();
    expect(await good()).toEqual([false, true, true]);
    expect((await store.registry.invites(0)).map(({ expired }) => expired)).toEqual([true, false, false]);
    await closeStore(store);
    store = open(folder);
    expect(await good()).toEqual([false, true, true]);
    expect((await store.registry.invites(0))[1]!.expiresAt - expiresAt).toBeLessThan(MINUTE);
    expect(await store.registry.register(account('budi'), given(week))).toMatchObject({ username: 'budi' });
    await store.registry.addInvites([hashInviteCode('new')], HOUR);
    expect((await store.registry.invites(0)).map(({ id }) => id)).toEqual([2, 3, 4]);
  });

  test('the files of the database hold no code', async () => {
    const folder = tempFolder();
    const code = await invite(openStore(folder));
    const files = readdirSync(folder).filter((name) => name.startsWith('benang.db'));
    const bytes = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
    expect(bytes).toContain(hashInviteCode(code));
    expect(bytes).not.toContain(code);
  });
});
