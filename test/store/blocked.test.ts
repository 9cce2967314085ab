import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Hub } from '../../src/live/hub.ts';
import { Listener } from '../../src/live/listener.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const END = Number.MAX_SAFE_INTEGER;
const LIMITS = { messages: 1000, bytes: 30 };

/** Later than any step of a test. */
const LATE = 1e6;
const send = (store: Store, sender: Account, to: string, text: string, key?: string) =>
  store.conversations.post({ sender, to, text, sentAt: LATE, ...(key === undefined ? {} : { key }) });

async function texts(store: Store, account: Account, other: string, before = END, limit = 100) {
  const found = await store.conversations.history(account, other, before, limit);
  return typeof found === 'string' ? found : found.map(({ text }) => text);
}

/** Bob writes to ann. What cid writes to her takes no room. */
type Step =
  | { readonly do: 'send' | 'post'; readonly text: string }
  | { readonly do: 'edit' | 'delete'; readonly which: number; readonly text: string }
  | { readonly do: 'friend' | 'index' | 'look' | 'listen' | 'end' | 'restart' | 'tidy' | 'block' | 'unblock' }
  | { readonly do: 'ack'; readonly with: 'bob' | 'cid' | undefined; readonly back: number };

const text = fc.string({ maxLength: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('send' as const, 'post' as const), text }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('edit' as const, 'delete' as const),
      which: fc.nat(6),
      text,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ack' as const),
      with: fc.constantFrom('bob' as const, 'cid' as const, undefined),
      back: fc.nat(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'friend' as const,
        'index' as const,
        'look' as const,
        'listen' as const,
        'end' as const,
        'restart' as const,
        'tidy' as const,
        'block' as const,
        'unblock' as const,
      ),
    }),
  },
);

/** All that bob can find out while these steps are taken, by whatever he can ask. */
async function whatBobFinds(
  steps: readonly Step[],
  blocked: 'never' | 'later' | 'always',
): Promise<unknown[]> {
  const folder = tempFolder();
  let hub = new Hub();
  const open = (): Store => openStore(folder, LIMITS, { onHappening: (one) => hub.happened(one) });
  let store = open();
  const { ann, bob, cid } = await addAccounts(store, 'ann', 'bob', 'cid');
  if (blocked === 'always') await store.conversations.block(ann, 'bob', true);
  const found: unknown[] = [];
  const sent: number[] = [];
  let looked = 0;
  const ear = (account: Account, push: (text: string) => void): Listener => {
    const { conversations } = store;
    const listener = new Listener(account.id, 0, {
      store: conversations,
      mostUntaken: 1e9,
      push,
      ended() {},
    });
    hub.add(listener);
    listener.begin();
    return listener;
  };
  ear(bob, (text) => void found.push(text));
  let anns: Listener | undefined;
  const told = async (): Promise<void> => {
    await store.conversations.place(0, undefined);
    await new Promise(setImmediate);
    await store.conversations.place(0, undefined);
  };
  for (const [at, action] of steps.entries()) {
    if (action.do === 'send' || action.do === 'post') {
      const id = await send(store, bob, 'ann', action.text, action.do === 'post' ? 'key' : undefined);
      found.push(id);
      if (typeof id === 'number') sent.push(id);
    } else if (action.do === 'edit') {
      found.push(await store.conversations.edit(bob, sent[action.which] ?? 0, action.text, at));
    } else if (action.do === 'delete') {
      found.push(await store.conversations.delete(bob, sent[action.which] ?? 0, at));
    } else if (action.do === 'friend') {
      await send(store, cid, 'ann', '');
    } else if (action.do === 'ack') {
      const upTo = (await store.conversations.place(undefined, undefined)).since - action.back;
      await store.conversations.acknowledge(ann, upTo, at, action.with);
    } else if (action.do === 'look') {
      // As `inbox` does, and the request behind it.
      const { upTo } = await store.inbox(ann, looked);
      if (upTo > looked) await store.markRead(ann, upTo, at);
      looked = upTo;
    } else if (action.do === 'listen') {
      anns ??= ear(ann, () => {});
    } else if (action.do === 'end') {
      anns?.end();
      if (anns) hub.remove(anns);
      anns = undefined;
    } else if (action.do === 'index') {
      await store.deleteRead(ann.id, 0, 0);
    } else if (action.do === 'tidy') {
      while (await store.deleteRead(ann.id, at, at));
    } else if (action.do === 'block' || action.do === 'unblock') {
      if (blocked !== 'never') await store.conversations.block(ann, 'bob', action.do === 'block');
    } else {
      anns = undefined;
      await closeStore(store);
      hub = new Hub();
      store = open();
      ear(bob, (text) => void found.push(text));
    }
    await told();
    found.push(await store.conversations.history(bob, 'ann', END, 100));
    found.push(
      (await store.conversations.search(bob, 'a', 10)).messages,
      await store.conversations.list(bob),
    );
    for (const id of sent) found.push(await store.conversations.status(bob, id));
  }
  await closeStore(store);
  return found;
}

test('who is blocked finds what they would find if they were not, whatever either does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.constantFrom('always' as const, 'later' as const),
      async (steps, blocked) => {
        expect(await whatBobFinds(steps, blocked)).toEqual(await whatBobFinds(steps, 'never'));
      },
    ),
    { numRuns: 15 },
  );
});

test('of what was sent before and behind a block one reading is told once', async () => {
  const told: unknown[] = [];
  const store = openStore(tempFolder(), LIMITS, { onHappening: (one) => void told.push(one) });
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  for (const indexed of [true, false]) {
    await send(store, bob, 'ann', 'seen');
    await store.conversations.block(ann, 'bob', true);
    const last = await send(store, bob, 'ann', 'hidden');
    await store.conversations.block(ann, 'bob', false);
    if (indexed) await store.deleteRead(ann.id, 0, 0);
    told.length = 0;
    await store.conversations.acknowledge(ann, END, 5);
    expect(told).toEqual([{ kind: 'read', by: 'ann', at: 5, senders: new Map([[bob.id, last]]) }]);
  }
});

test('whose messages are hidden takes no room from others, and has no more of it than others', async () => {
  const store = openStore(tempFolder(), { messages: 4, bytes: 40 });
  const { ann, bob, cid, dan } = await addAccounts(store, 'ann', 'bob', 'cid', 'dan');
  await store.conversations.block(ann, 'bob', true);
  await store.conversations.block(ann, 'dan', true);
  const first = Number(await send(store, bob, 'ann', '1234567890'));
  expect(await store.conversations.edit(bob, first, 'x'.repeat(41), 2)).toBe('inbox is full');
  await send(store, dan, 'ann', 'x'.repeat(25));
  expect(await send(store, bob, 'ann', '123456')).toBe('inbox is full');
  expect(await send(store, dan, 'ann', '123456')).toBe('inbox is full');
  // In the indexes or not.
  await store.deleteRead(ann.id, 0, 0);
  expect(await send(store, bob, 'ann', '123456')).toBe('inbox is full');
  await send(store, bob, 'ann', '');
  await send(store, bob, 'ann', '');
  expect(await send(store, bob, 'ann', '')).toBe('inbox is full');
  for (let round = 0; round < 4; round++) {
    expect(typeof (await send(store, cid, 'ann', '1234567890'))).toBe('number');
  }
  // As full as it is for anybody.
  await store.conversations.acknowledge(ann, END, 3, 'bob');
  expect(await send(store, bob, 'ann', '')).toBe('inbox is full');
  expect((await store.accounts(0))[0]!.unread).toBe(4);
  await store.conversations.acknowledge(ann, END, 3);
  expect(typeof (await send(store, bob, 'ann', 'x'.repeat(40)))).toBe('number');
});

describe('what is hidden', () => {
  async function manyHidden() {
    const folder = tempFolder();
    const store = openStore(folder);
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    await send(store, bob, 'ann', 'before');
    await store.conversations.block(ann, 'bob', true);
    await Promise.all(
      Array.from({ length: 500 }, (_, number) => send(store, bob, 'ann', `verborgen ${number}`)),
    );
    await store.conversations.block(ann, 'bob', false);
    await send(store, bob, 'ann', 'after');
    return { folder, store, ann, bob };
  }

  test('costs its recipient nothing that is not, and its sender sees all', async () => {
    const { store, ann, bob } = await manyHidden();
    const check = async (): Promise<void> => {
      expect(await texts(store, ann, 'bob', END, 2)).toEqual(['before', 'after']);
      expect(await texts(store, bob, 'ann', END, 1000)).toHaveLength(502);
      const missed: string[] = [];
      await store.conversations.missed(ann.id, 0, ({ kept, complete }) => {
        expect(complete).toBe(true);
        for (const { message } of kept) missed.push(message.text);
      });
      expect(missed).toEqual(['before', 'after']);
    };
    await check();
    await store.deleteRead(ann.id, 0, 0);
    await check();
    expect((await store.inbox(ann)).messages.map(({ text }) => text)).toEqual(['before', 'after']);
    expect(await store.conversations.list(ann)).toMatchObject([{ with: 'bob', unread: 2 }]);
    await store.conversations.acknowledge(ann, END, 5);
    await check();
    expect((await store.inbox(ann)).messages).toEqual([]);
  });

  test('goes with the inbox that it is in, and leaves no word behind', async () => {
    const { folder, store, ann, bob } = await manyHidden();
    await store.conversations.acknowledge(ann, 200, 5);
    await store.changeAccount('ann', { state: 'removed' });
    while (await store.clearInbox(ann.id));
    expect((await store.conversations.search(bob, 'verborgen', 10)).messages).toEqual([]);
    await closeStore(store);
    expect(readFileSync(join(folder, 'benang.db'), 'latin1')).not.toContain('verborgen');
  });

  test('is deleted when it was read long ago; never read, it counts as read once it is old', async () => {
    const told: unknown[] = [];
    const store = openStore(tempFolder(), LIMITS, { onHappening: (one) => void told.push(one) });
    const { ann, bob } = await addAccounts(store, 'ann', 'bob');
    await store.conversations.block(ann, 'bob', true);
    const one = Number(await send(store, bob, 'ann', 'x'.repeat(20)));
    const state = async () => (await store.conversations.status(bob, one))?.state;
    expect(await store.deleteRead(ann.id, LATE, LATE)).toBe(0);
    expect(await state()).toBe('stored');
    expect(await store.deleteRead(ann.id, LATE + 1, LATE + 2)).toBe(0);
    expect(await state()).toBe('read');
    const senders = new Map([[bob.id, one]]);
    expect(told.at(-1)).toEqual({ kind: 'read', by: 'ann', at: LATE + 2, senders });
    expect(typeof (await send(store, bob, 'ann', 'x'.repeat(20)))).toBe('number');
    expect(await store.deleteRead(ann.id, LATE + 3, LATE + 3)).toBe(1);
    expect(await state()).toBeUndefined();
    expect((await store.accounts(0))[0]!.unread).toBe(0);
  });
});
