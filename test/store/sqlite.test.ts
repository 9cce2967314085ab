import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INBOX_UNITS, MESSAGE_UNITS } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
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

describe('sessions', () => {
  test('are there after the store was opened again, in order of login, and gone when ended', async () => {
    const folder = tempFolder();
    const before = openStore(folder);
    const { ann, bob } = await addAccounts(before, 'ann', 'bob');
    await before.addSession({ id: 'z', tokenHash: 'hash z', account: bob, usedAt: 1 });
    await before.addSession({ id: 'a', tokenHash: 'hash a', account: ann, usedAt: 2 });
    await before.addSession({ id: 'gone', tokenHash: 'hash gone', account: ann, usedAt: 3 });
    await before.touchSession('z', 9);
    await before.endSession('gone');
    await closeStore(before);
    expect(await openStore(folder).sessions()).toEqual([
      { id: 'z', tokenHash: 'hash z', account: bob, usedAt: 9 },
      { id: 'a', tokenHash: 'hash a', account: ann, usedAt: 2 },
    ]);
  });
});

describe('accounts', () => {
  test('are added all or none', async () => {
    const store = openStore();
    await addAccounts(store, 'ann');
    await expect(addAccounts(store, 'bob', 'ann')).rejects.toThrow('storage failed');
    expect(await store.credentials('bob')).toBeUndefined();
  });

  test('isEmpty', async () => {
    const store = openStore();
    expect(await store.isEmpty()).toBe(true);
    await addAccounts(store, 'ann');
    expect(await store.isEmpty()).toBe(false);
  });
});
