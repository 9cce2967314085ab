import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { problemsOf } from '../../src/store/check.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import { type Account, INBOX_MESSAGES, type Inbox, type Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const names = ['ann', 'bob', 'cid'] as const;
type Name = (typeof names)[number];
const LIMITS = { messages: 6, bytes: 60 };

interface Sent {
  readonly id: number;
  readonly sender: Name;
  readonly text: string;
  read: boolean;
}

/** What the store should remember. */
type Model = Record<Name, { sent: Sent[]; senders: Set<Name> }>;

type Step =
  | { readonly do: 'send'; readonly from: Name; readonly to: Name; readonly text: string }
  | { readonly do: 'fail'; readonly from: Name; readonly to: Name }
  | { readonly do: 'read'; readonly who: Name; readonly share: number }
  | { readonly do: 'index' | 'forget' | 'restart' };

const who = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      from: who,
      to: who,
      text: fc.string({ maxLength: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), from: who, to: who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('read' as const), who, share: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('index' as const, 'forget' as const, 'restart' as const) }),
  },
);

const unread = (model: Model, name: Name): Sent[] => model[name].sent.filter(({ read }) => !read);
const bytesOf = (messages: readonly Sent[]): number =>
  messages.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);

/** Does a step with the store and the model; the steps of one group are begun at the same moment. */
function begin(store: Store, accounts: Record<Name, Account>, model: Model, action: Step): Promise<unknown> {
  if (action.do === 'send') {
    const { from, to, text } = action;
    const waiting = unread(model, to);
    const full =
      waiting.length >= LIMITS.messages || bytesOf(waiting) + Buffer.byteLength(text) > LIMITS.bytes;
    const message: Sent = { id: 0, sender: from, text, read: false };
    if (!full) {
      model[to].sent.push(message);
      model[to].senders.add(from);
    }
    return store.addMessage({ sender: accounts[from], recipient: to, text, sentAt: 1 }).then((stored) => {
      if (full) expect(stored).toBe('inbox is full');
      else Object.assign(message, { id: stored });
    });
  }
  if (action.do === 'fail') {
    // The database takes no such time.
    const sentAt = 'never' as unknown as number;
    const failing = { sender: accounts[action.from], recipient: action.to, text: '', sentAt };
    return store.addMessage(failing).then(
      (stored) => expect(stored).toBe('inbox is full'),
      () => {},
    );
  }
  if (action.do === 'read') {
    // Ids are known of what earlier groups have stored.
    const known = unread(model, action.who).filter(({ id }) => id > 0);
    const some = known.slice(0, Math.ceil((known.length * action.share) / 3));
    for (const message of some) message.read = true;
    return store.markRead(accounts[action.who], some.at(-1)?.id ?? 0, 5);
  }
  // In a transaction with the others, which perhaps is undone.
  if (action.do === 'index') return store.deleteRead(accounts.ann.id, 0, 0);
  if (action.do === 'forget') return store.changeAccount('ann', { state: 'enabled' });
  return Promise.resolve();
}

async function expectAll(store: Store, accounts: Record<Name, Account>, model: Model): Promise<void> {
  const listed = await store.accounts(0);
  for (const name of names) {
    const { senders, messages } = await store.inbox(accounts[name]);
    expect(messages).toEqual(unread(model, name).map(({ id, sender, text }) => ({ id, sender, text })));
    expect(senders.map(({ username }) => username)).toEqual([...model[name].senders]);
    expect(listed.find(({ username }) => username === name)!.unread).toBe(messages.length);
  }
  const ids = names.flatMap((name) => model[name].sent.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
}

/** All that is counted is counted right. */
function expectSound(folder: string): void {
  using db = new DatabaseSync(join(folder, 'benang.db'), { readOnly: true });
  expect(problemsOf(db, schemaVersion).filter((problem) => !problem.includes('password hash'))).toEqual([]);
}

test('whatever is sent, read, indexed, refused or undone, inboxes hold what they should, also after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 12 }),
      async (groups) => {
        const folder = tempFolder();
        let store = openStore(folder, LIMITS);
        const accounts = await addAccounts(store, ...names);
        const model = Object.fromEntries(
          names.map((name) => [name, { sent: [], senders: new Set() }]),
        ) as unknown as Model;
        for (const group of groups) {
          await Promise.all(group.map((action) => begin(store, accounts, model, action)));
          if (group.some((action) => action.do === 'restart')) {
            await closeStore(store);
            expectSound(folder);
            store = openStore(folder, LIMITS);
          }
          await expectAll(store, accounts, model);
        }
        await closeStore(store);
        expectSound(folder);
      },
    ),
    { numRuns: 60 },
  );
});

test('numbers grow, across deletions and restarts', async () => {
  const folder = tempFolder();
  const first = openStore(folder);
  const { ann } = await addAccounts(first, 'ann');
  const message = { sender: ann, recipient: 'ann', text: 'x', sentAt: 1 };
  const one = await first.addMessage(message);
  const two = await first.addMessage(message);
  expect(two).toBe(Number(one) + 1);
  await first.markRead(ann, Number(two), 1);
  expect(await first.deleteRead(ann.id, 2, 0)).toBe(2);
  await closeStore(first);
  const second = openStore(folder);
  expect(await second.addMessage(message)).toBeGreaterThan(Number(two));
});

test('more messages than may be pending are all there, in order, while the first of them enter the indexes', async () => {
  const store = openStore();
  const { ann, bob } = await addAccounts(store, 'ann', 'bob');
  const texts = Array.from({ length: 12_000 }, (_, number) => `${number}`);
  await Promise.all(
    texts.map((text) => store.addMessage({ sender: bob, recipient: 'ann', text, sentAt: 1 })),
  );
  const messages: Inbox['messages'][number][] = [];
  for (let after = 0; messages.length < texts.length; after = messages.at(-1)!.id) {
    const look = await store.inbox(ann, after);
    expect(look.messages.length).toBe(INBOX_MESSAGES);
    messages.push(...look.messages);
  }
  expect(messages.map(({ text }) => text)).toEqual(texts);
  await store.markRead(ann, messages[11_499]!.id, 1);
  expect((await store.inbox(ann)).messages).toEqual(messages.slice(11_500));
});
