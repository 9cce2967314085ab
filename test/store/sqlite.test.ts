import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountHandlers } from '../../src/control/accounts.ts';
import { type Account, INBOX_UNITS, MESSAGE_UNITS, type StoredSession } from '../../src/store/store.ts';
import { addAccounts, closeStore, noPassword, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('messages', () => {
  test('go to the recipient, oldest first, senders by their first ever message', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    for (const [sender, text] of [
      [cid, 'one'],
      [ann, 'two'],
      [cid, 'three'],
    ] as const) {
      await store.addMessage({ sender, recipient: 'bob', text, sentAt: 1 });
    }
    const { senders, messages } = await store.inbox(bob);
    expect(senders.map(({ username }) => username)).toEqual(['cid', 'ann']);
    expect(messages.map(({ sender, text }) => [sender, text])).toEqual([
      ['cid', 'one'],
      ['ann', 'two'],
      ['cid', 'three'],
    ]);
    expect((await store.inbox(ann)).messages).toEqual([]);
  });

  test('are unread up to the one marked', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    const send = (text: string) => store.addMessage({ sender: ann, recipient: 'bob', text, sentAt: 1 });
    await send('one');
    const second = await send('two');
    await send('three');
    await store.markRead(bob, Number(second), 2);
    const { senders, messages } = await store.inbox(bob);
    expect(messages.map(({ text }) => text)).toEqual(['three']);
    await store.markRead(bob, messages[0]!.id, 3);
    expect((await store.inbox(bob)).messages).toEqual([]);
    expect((await store.inbox(bob)).senders).toEqual(senders);
  });

  test('to nobody are not stored', async () => {
    const store = openStore();
    const { ann } = await addAccounts(store, 'ann');
    const sent = await store.addMessage({ sender: ann, recipient: 'nobody', text: 'x', sentAt: 1 });
    expect(sent).toBe('no such recipient');
  });

  test('wait in an inbox up to its limits, which what is read makes room in', async () => {
    const store = openStore(tempFolder(), { messages: 3, bytes: 10 });
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    const send = (text: string, recipient = 'bob') =>
      store.addMessage({ sender: ann, recipient, text, sentAt: 1 });
    await send('one');
    await send('two');
    const third = await send('3');
    expect(await send('4')).toBe('inbox is full');
    expect(await send('4', 'ann')).toEqual(expect.any(Number));
    await store.markRead(bob, Number(third), 2);
    expect(await send('ééééé')).toEqual(expect.any(Number));
    expect(await send('x')).toBe('inbox is full');
  });

  test('one look is bounded and the next goes on', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    const text = 'x'.repeat(60_000);
    const count = Math.ceil(INBOX_UNITS / 60_000) + 3;
    const sends = Array.from({ length: count }, () =>
      store.addMessage({ sender: ann, recipient: 'bob', text, sentAt: 1 }),
    );
    await Promise.all(sends);
    let seen = 0;
    for (;;) {
      const { messages } = await store.inbox(bob);
      if (messages.length === 0) break;
      expect(messages.length * (60_000 + MESSAGE_UNITS)).toBeLessThanOrEqual(INBOX_UNITS);
      seen += messages.length;
      await store.markRead(bob, messages.at(-1)!.id, 2);
    }
    expect(seen).toBe(count);
  });

  test('any texts between any accounts are there after the store was opened again', async () => {
    const names = ['ann', '__proto__', 'constructor', "o'hara", '"; DROP TABLE account; --', '10', '2', '😀'];
    const name = fc.constantFrom(...names);
    const message = fc.record({
      from: name,
      to: name,
      text: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => `${text}\0`),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const folder = tempFolder();
        const before = openStore(folder);
        const accounts = await addAccounts(before, ...names);
        const sends = messages.map(({ from, to, text }) =>
          before.addMessage({ sender: accounts[from]!, recipient: to, text, sentAt: 1 }),
        );
        await Promise.all(sends);
        await closeStore(before);

        const after = openStore(folder);
        for (const to of names) {
          const inbox = await after.inbox(accounts[to]!);
          const expected = messages.filter((sent) => sent.to === to);
          expect(inbox.messages.map(({ sender, text }) => ({ from: sender, to, text }))).toEqual(expected);
          expect(inbox.senders.map(({ username }) => username)).toEqual([
            ...new Set(expected.map(({ from }) => from)),
          ]);
        }
        await closeStore(after);
      }),
      { numRuns: 20 },
    );
  });
});

describe('messages that need not be kept', () => {
  const fill = async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    for (let number = 1; number <= 500; number++) {
      await store.addMessage({
        sender: number % 2 ? ann : cid,
        recipient: 'bob',
        text: `${number}`,
        sentAt: number,
      });
      if (number === 150) await store.markRead(bob, number, 1000);
      if (number === 400) await store.markRead(bob, number, 2000);
    }
    return { store, ann, bob, cid };
  };

  test('read ones are deleted by when they were read, some at a time; unread ones and senders stay', async () => {
    const { store, bob } = await fill();
    const { senders } = await store.inbox(bob);
    const batches: number[] = [];
    do batches.push(await store.deleteRead(bob.id, 2000, 0));
    while (batches.at(-1)! > 0);
    expect(batches).toEqual([100, 50, 0]);
    for (const deleted of [100, 100, 50]) expect(await store.deleteRead(bob.id, 2001, 0)).toBe(deleted);
    expect(await store.deleteRead(bob.id, Number.MAX_SAFE_INTEGER, 0)).toBe(0);
    const inbox = await store.inbox(bob);
    expect(inbox.senders).toEqual(senders);
    expect(inbox.messages.map(({ text }) => text)).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index + 401}`),
    );
  });

  test('read ones are found behind any number of others that are to be kept', async () => {
    const store = openStore();
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    const send = (sender: Account) => store.addMessage({ sender, recipient: 'bob', text: '', sentAt: 1 });
    await Promise.all([...Array(11_000).fill(ann), ...Array(7).fill(cid)].map(send));
    await store.conversations.acknowledge(bob, 20_000, 1000, 'cid');
    await store.markRead(bob, 20_000, 2000);
    expect(await store.deleteRead(bob.id, 1500, 0)).toBe(7);
    expect(await store.deleteRead(bob.id, 1500, 0)).toBe(0);
  });

  test('large ones are deleted few at a time', async () => {
    const store = openStore();
    const { ann } = await addAccounts(store, 'ann');
    const text = 'x'.repeat(60_000);
    for (let number = 0; number < 12; number++) {
      await store.addMessage({ sender: ann, recipient: 'ann', text, sentAt: 1 });
    }
    await store.markRead(ann, 12, 1);
    expect(await store.deleteRead(ann.id, 2, 0)).toBeLessThan(6);
  });

  test('a removed account’s inbox goes, what it sent stays, and the file holds nothing of either’s secrets', async () => {
    const folder = tempFolder();
    const store = openStore(folder);
    await store.addAccount({ username: 'ann', nama: 'Ann', negara: 'X', passwordHash: 'hash-of-ann' });
    const { bob } = await addAccounts(store, 'bob');
    const { account: ann } = (await store.credentials('ann'))!;
    for (let number = 0; number < 300; number++) {
      await store.addMessage({ sender: bob, recipient: 'ann', text: `private-${number}`, sentAt: 1 });
      await store.addMessage({ sender: ann, recipient: 'bob', text: `kept-${number}`, sentAt: 1 });
    }
    await store.markRead(ann, 200, 1);
    await store.changeAccount('ann', { state: 'removed' });
    while (await store.clearInbox(ann.id));
    expect(await store.inbox(ann)).toMatchObject({ senders: [], messages: [] });
    const { senders, messages } = await store.inbox(bob);
    expect(senders).toEqual([{ username: 'ann', nama: 'Ann' }]);
    expect(messages).toHaveLength(300);
    await closeStore(store);
    const file = readFileSync(join(folder, 'benang.db'), 'latin1');
    expect(file).toContain('kept-299');
    expect(file).not.toContain('private-');
    expect(file).not.toContain('hash-of-ann');
  });
});

test('a backup that is not finished when the store closes ends, and nothing is lost', async () => {
  const folder = tempFolder();
  const store = openStore(folder);
  const { ann } = await addAccounts(store, 'ann');
  const text = 'x'.repeat(10_000);
  const sends = Array.from({ length: 1000 }, () =>
    store.addMessage({ sender: ann, recipient: 'ann', text, sentAt: 1 }),
  );
  await Promise.all(sends);
  const file = join(folder, 'copy');
  writeFileSync(file, '');
  const began = Promise.withResolvers<void>();
  const backup = store.backup(file, { progress: () => began.resolve() });
  const failed = expect(backup).rejects.toThrow('the database is being closed');
  await began.promise;
  await closeStore(store);
  await failed;
  expect((await openStore(folder).inbox(ann)).messages.length).toBeGreaterThan(0);
});

/** A session as it is when it has just started. */
const fresh = (id: string, account: Account, startedAt = 1): StoredSession => ({
  id,
  tokenHash: `hash ${id}`,
  account,
  startedAt,
  usedAt: startedAt,
});

describe('sessions', () => {
  test('are there after the store was opened again, in order of login, and gone when ended', async () => {
    const folder = tempFolder();
    const before = openStore(folder);
    const { ann, bob } = await addAccounts(before, 'ann', 'bob');
    await before.addSession(fresh('z', bob, 1), noPassword);
    await before.addSession(fresh('a', ann, 2), noPassword);
    await before.addSession(fresh('gone', ann, 3), noPassword);
    await before.touchSession('z', 9);
    await before.endSession('gone');
    await closeStore(before);
    expect(await openStore(folder).sessions()).toEqual([
      { ...fresh('z', bob, 1), usedAt: 9 },
      fresh('a', ann, 2),
    ]);
  });

  test('a new password ends the others with it, if the old one is right by then', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    for (const session of [fresh('1', ann), fresh('2', ann), fresh('3', bob)]) {
      await store.addSession(session, noPassword);
    }
    const left = async () => (await store.sessions()).map(({ id }) => id);
    expect(await store.changePassword(fresh('2', ann), 'another', 'new')).toBe(false);
    expect(await left()).toEqual(['1', '2', '3']);
    expect(await store.changePassword(fresh('2', ann), noPassword, 'new')).toBe(true);
    // It stays, as if it were the last login.
    expect(await left()).toEqual(['3', '2']);
    expect((await store.credentials('ann'))!.passwordHash).toBe('new');
    await store.endSessions(ann);
    expect(await left()).toEqual(['3']);
    await store.changeAccount('bob', { state: 'disabled' });
    expect(await store.changePassword(fresh('3', bob), noPassword, 'new')).toBe(false);
  });
});

describe('accounts', () => {
  test('are added all or none', async () => {
    const store = openStore();
    await addAccounts(store, 'ann');
    await expect(addAccounts(store, 'bob', 'ann')).rejects.toThrow('storage failed');
    expect(await store.credentials('bob')).toBeUndefined();
  });

  test('a name is given once, also when its account was removed', async () => {
    const store = openStore();
    const ann = { username: 'ann', nama: 'Ann', negara: 'X', passwordHash: '-' };
    expect(await store.addAccount(ann)).toBe('added');
    expect(await store.addAccount(ann)).toBe('taken');
    expect(await store.changeAccount('ann', { state: 'removed' })).toMatchObject({ sessionsEnded: 0 });
    expect(await store.addAccount(ann)).toBe('removed');
    expect(await store.changeAccount('ann', { state: 'enabled' })).toBeUndefined();
    expect(await store.credentials('ann')).toBeUndefined();
    expect(await store.isEmpty()).toBe(false);
  });

  test('a change but enabling ends the account’s sessions, and says how many', async () => {
    const store = openStore();
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    for (const change of [{ state: 'disabled' }, { passwordHash: 'new' }] as const) {
      await store.changeAccount('ann', { state: 'enabled' });
      for (const id of ['1', '2']) {
        expect(await store.addSession(fresh(id, ann), noPassword)).toEqual(ann);
      }
      expect(await store.changeAccount('ann', change)).toEqual({ id: ann.id, sessionsEnded: 2 });
    }
    // Its password is another one now.
    expect(await store.addSession(fresh('3', ann), noPassword)).toBeUndefined();
    expect(await store.addSession(fresh('3', ann), 'new')).toEqual(ann);
    expect(await store.addSession(fresh('4', bob), noPassword)).toEqual(bob);
    expect(await store.changeAccount('nobody', { state: 'disabled' })).toBeUndefined();
  });

  test('a new full name is shown wherever the account has written, also where that is remembered', async () => {
    const folder = tempFolder();
    const store = openStore(folder);
    const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
    const send = (sender: Account) => store.addMessage({ sender, recipient: 'bob', text: 'x', sentAt: 1 });
    await send(ann);
    await send(cid);
    const profile = { nama: 'Ann Baru', negara: 'Bumi' };
    const names = async (from = store) => (await from.inbox(bob)).senders.map(({ nama }) => nama);
    expect(await names()).toEqual(['ANN', 'CID']);
    const changed = store.changeProfile(ann, profile);
    // One that was asked for while the change was on its way.
    await send(ann);
    expect(await changed).toEqual({ ...ann, ...profile });
    expect(await names()).toEqual(['Ann Baru', 'CID']);
    expect((await store.credentials('ann'))!.account).toMatchObject(profile);
    await store.changeAccount('ann', { state: 'removed' });
    expect(await store.changeProfile(ann, { nama: 'x', negara: 'y' })).toBeUndefined();
    expect(await names()).toEqual(['Ann Baru', 'CID']);
    await closeStore(store);
    expect(await names(openStore(folder))).toEqual(['Ann Baru', 'CID']);
  });

  test('unread messages are counted for each account, and the removed are not listed', async () => {
    const store = openStore();
    const names = ['ann', 'bob', 'cid', 'dan'] as const;
    const accounts = await addAccounts(store, ...names);
    const unread = { ann: 5, bob: 0, cid: 701, dan: 1 };
    const sends = names.flatMap((recipient) =>
      Array.from({ length: unread[recipient] }, () =>
        store.addMessage({ sender: accounts.ann, recipient, text: 'x', sentAt: 1 }),
      ),
    );
    await Promise.all(sends);
    await addAccounts(store, 'gone');
    await store.changeAccount('gone', { state: 'removed' });
    const never = (): Promise<never> => Promise.reject(new Error());
    const { accounts: listed } = await accountHandlers(store, never, never).accounts(
      { command: 'accounts' },
      { progress: () => {}, gone: new AbortController().signal },
    );
    expect(Object.fromEntries(listed.map(({ username, unread }) => [username, unread]))).toEqual(unread);
  });

  test('isEmpty', async () => {
    const store = openStore();
    expect(await store.isEmpty()).toBe(true);
    await addAccounts(store, 'ann');
    expect(await store.isEmpty()).toBe(false);
  });
});
