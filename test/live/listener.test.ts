import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Hub } from '../../src/live/hub.ts';
import { Listener } from '../../src/live/listener.ts';
import type { ServerEvent } from '../../src/protocol/event.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { addAccounts, closeStore, openStore } from '../support/store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const INBOX = { messages: 1e6, bytes: 1e9 };

/** A client's whole view, over several listeners one behind the other. */
class Ear {
  readonly account: Account;
  readonly events: ServerEvent[] = [];
  upTo = 0;
  #listener: Listener | undefined;

  constructor(account: Account) {
    this.account = account;
  }

  begin(store: Store, hub: Hub, mostUntaken = 1e9): Listener {
    const listener = new Listener(this.account.id, this.upTo, {
      store: store.conversations,
      mostUntaken,
      push: (text) => this.#hear(text),
      ended: () => hub.remove(listener),
    });
    this.#listener = listener;
    hub.add(listener);
    listener.begin();
    return listener;
  }

  end(hub: Hub): void {
    this.#listener?.end();
    if (this.#listener) hub.remove(this.#listener);
  }

  /** What the client holds now, by message. */
  get view(): Map<number, string> {
    const view = new Map<number, string>();
    for (const event of this.events) {
      if (event.event === 'message') view.set(event.id, event.msg);
      else if (event.event === 'edited' && view.has(event.message)) view.set(event.message, event.msg);
      else if (event.event === 'deleted') view.delete(event.message);
    }
    return view;
  }

  #hear(text: string): void {
    for (const one of text.split('\r\n\r\n').slice(0, -1)) {
      const event = JSON.parse(one) as ServerEvent;
      this.events.push(event);
      if ('id' in event) this.upTo = event.id;
    }
  }
}

/** Resolves when all that was asked of the store so far has been told. */
const told = async (store: Store): Promise<void> => {
  await store.conversations.place(0, undefined);
  await new Promise(setImmediate);
  await store.conversations.place(0, undefined);
};

const names = ['ann', 'bob', 'cid'] as const;
type Name = (typeof names)[number];
type Step =
  | { readonly do: 'send'; readonly from: Name; readonly to: Name | '#g' }
  | { readonly do: 'edit' | 'delete'; readonly which: number }
  | { readonly do: 'begin' | 'end' | 'block'; readonly who: Name }
  | { readonly do: 'index' | 'restart' | 'wait' };

const who = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      from: who,
      to: fc.constantFrom(...names, '#g' as const, '#g' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('edit' as const, 'delete' as const), which: fc.nat(20) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'end' as const, 'begin' as const), who }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('index' as const, 'restart' as const, 'wait' as const) }),
  },
);

interface Sent {
  readonly from: Name;
  readonly for: readonly Name[];
  id: number;
  text: string | undefined;
}

test('whoever listens, leaves, comes back and is restarted has seen each message once, in order, as it is now', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const folder = tempFolder();
      let hub = new Hub();
      let store = openStore(folder, INBOX, { onHappening: (happening) => hub.happened(happening) });
      const accounts = await addAccounts(store, ...names);
      await store.groups.add(accounts.ann, 'g', undefined);
      await store.groups.join(accounts.bob, 'g');
      await store.groups.join(accounts.cid, 'g');
      const ears = Object.fromEntries(names.map((name) => [name, new Ear(accounts[name])])) as Record<
        Name,
        Ear
      >;
      const sent: Sent[] = [];
      const blocked = new Set<Name>();
      let running: Promise<unknown>[] = [];
      const settle = async (): Promise<void> => {
        await Promise.all(running);
        running = [];
      };
      for (const [number, action] of steps.entries()) {
        switch (action.do) {
          case 'send': {
            const { from, to } = action;
            const readers = to === '#g' ? names.filter((name) => name !== from) : [to];
            const message: Sent = { from, for: readers, id: 0, text: `t${number}` };
            // Ann hides what she does not want.
            const hidden = to === 'ann' && blocked.has(from);
            sent.push(hidden ? { ...message, for: [] } : message);
            const mine = sent.at(-1)!;
            running.push(
              store.conversations
                .post({ sender: accounts[from], to, text: mine.text!, sentAt: 1 })
                .then((id) => Object.assign(mine, { id })),
            );
            break;
          }
          case 'edit':
          case 'delete': {
            await settle();
            const one = sent[action.which];
            if (!one || one.text === undefined) break;
            one.text = action.do === 'edit' ? `e${number}` : undefined;
            const { conversations } = store;
            running.push(
              action.do === 'edit'
                ? conversations.edit(accounts[one.from], one.id, one.text!, 2)
                : conversations.delete(accounts[one.from], one.id, 2),
            );
            break;
          }
          case 'begin':
            ears[action.who].end(hub);
            ears[action.who].begin(store, hub);
            break;
          case 'end':
            ears[action.who].end(hub);
            break;
          case 'block':
            if (action.who === 'ann') break;
            blocked.add(action.who);
            running.push(store.conversations.block(accounts.ann, action.who, true));
            break;
          case 'index':
            running.push(store.deleteRead(accounts.ann.id, 0, 0));
            break;
          case 'wait':
            await settle();
            await told(store);
            break;
          case 'restart':
            await settle();
            for (const name of names) ears[name].end(hub);
            await closeStore(store);
            hub = new Hub();
            store = openStore(folder, INBOX, { onHappening: (happening) => hub.happened(happening) });
        }
      }
      await settle();
      for (const name of names) {
        ears[name].end(hub);
        ears[name].begin(store, hub);
      }
      await told(store);
      for (const name of names) {
        const { events, view } = ears[name];
        const visible = sent.filter(({ for: readers, text }) => readers.includes(name) && text !== undefined);
        expect([...view].sort(([a], [b]) => a - b)).toEqual(visible.map(({ id, text }) => [id, text]));
        const numbers = events.flatMap((event) => ('id' in event ? [event.id] : []));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }
      await closeStore(store);
    }),
    { numRuns: 100 },
  );
});

describe('a listener', () => {
  async function prepare(): Promise<{ store: Store; hub: Hub; ann: Account; bob: Account }> {
    const hub = new Hub();
    const store = openStore(tempFolder(), INBOX, { onHappening: (happening) => hub.happened(happening) });
    return { store, hub, ...(await addAccounts(store, 'ann', 'bob')) };
  }
  const texts = (ear: Ear): string[] => ear.events.flatMap((event) => ('msg' in event ? [event.msg] : []));

  test('that takes nothing is told where to go on, and goes on there without a gap', async () => {
    const { store, hub, ann, bob } = await prepare();
    const ear = new Ear(bob);
    ear.begin(store, hub, 2000);
    await told(store);
    const all = Array.from({ length: 50 }, (_, number) => `text ${number}`);
    for (const text of all) await store.conversations.post({ sender: ann, to: 'bob', text, sentAt: 1 });
    const last = ear.events.at(-1)!;
    expect(last.event).toBe('dropped');
    expect(hub.attended).toBe(false);
    expect(ear.events.length).toBeLessThan(30);
    expect(last).toEqual({ event: 'dropped', since: ear.upTo });
    ear.begin(store, hub);
    await told(store);
    expect(texts(ear)).toEqual(all);
  });

  test('reads what it missed only as fast as it is taken', async () => {
    const { store, hub, ann, bob } = await prepare();
    const text = 'x'.repeat(10_000);
    await Promise.all(
      Array.from({ length: 100 }, () =>
        store.conversations.post({ sender: ann, to: 'bob', text, sentAt: 1 }),
      ),
    );
    const ear = new Ear(bob);
    const listener = ear.begin(store, hub, 100_000);
    await told(store);
    await told(store);
    const first = ear.events.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(30);
    // Live messages wait behind the missed ones.
    await store.conversations.post({ sender: ann, to: 'bob', text: 'last', sentAt: 1 });
    while (ear.events.length < 101) {
      const before = ear.events.length;
      listener.took(10_200 * 10);
      await told(store);
      expect(ear.events.length).toBeGreaterThan(before);
    }
    expect(texts(ear)).toEqual([...Array.from({ length: 100 }, () => text), 'last']);
  });

  test('that is interrupted before its client knows that it listens tells it behind that', async () => {
    const { store, hub, ann, bob } = await prepare();
    const heard: string[] = [];
    const listening = (): Listener => {
      const listener = new Listener(bob.id, 0, {
        store: store.conversations,
        mostUntaken: 1e6,
        push: (text) => heard.push(text.trim()),
        ended: () => hub.remove(listener),
      });
      hub.add(listener);
      return listener;
    };
    await store.conversations.post({ sender: ann, to: 'bob', text: 'missed', sentAt: 1 });
    const listener = listening();
    hub.interruptAll();
    listener.took(1);
    await told(store);
    expect(heard).toEqual([]);
    listener.begin();
    await told(store);
    expect(heard).toEqual(['{"event": "dropped", "since": 0}']);
    expect(hub.attended).toBe(false);
    // One that another has taken the place of says nothing.
    const replaced = listening();
    replaced.interrupt();
    replaced.end();
    replaced.begin();
    await told(store);
    expect(heard).toHaveLength(1);
  });

  test('who joins a group hears what comes behind, and who leaves hears no more', async () => {
    const { store, hub, ann, bob } = await prepare();
    const ear = new Ear(bob);
    ear.begin(store, hub);
    const say = (text: string) => store.conversations.post({ sender: ann, to: '#g', text, sentAt: 1 });
    await store.groups.add(ann, 'g', undefined);
    // All at once: the order of the calls counts.
    await Promise.all([
      say('before'),
      store.groups.join(bob, 'g'),
      say('one'),
      say('two'),
      store.groups.leave(bob, 'g'),
      say('after'),
    ]);
    await told(store);
    expect(texts(ear)).toEqual(['one', 'two']);
    const fresh = new Ear(bob);
    fresh.begin(store, hub);
    await told(store);
    expect(texts(fresh)).toEqual([]);
  });

  test('hears when what its account sent was read', async () => {
    const { store, hub, ann, bob } = await prepare();
    const ear = new Ear(ann);
    ear.begin(store, hub);
    await told(store);
    const id = Number(await store.conversations.post({ sender: ann, to: 'bob', text: 'x', sentAt: 1 }));
    await store.conversations.acknowledge(bob, id, 7);
    expect(ear.events).toEqual([{ event: 'read', by: 'bob', upto: id, read_at: 7 }]);
  });
});
