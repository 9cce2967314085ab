import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Hub } from '../../src/live/hub.ts';
import { Listener } from '../../src/live/listener.ts';
import { TOLD_AT_ONCE } from '../../src/live/tellings.ts';
import type { Audience, ConversationStore, Happening } from '../../src/store/conversations.ts';

const COUNT = 5 * TOLD_AT_ONCE;

let hub: Hub;
/** How often the hub has begun a step of its own. */
let steps: number;
/** By account, what was pushed: the numbers of messages, else what the event is. */
let heard: (string | number)[][];
let pushes: number;
let listeners: Listener[];

/** What a listener has missed is nothing; its client has taken all. */
const store: Pick<ConversationStore, 'missed' | 'delivered'> = {
  missed: async (_account, upTo, take) => take({ kept: [], complete: true, upTo }),
  delivered: () => {},
};

async function listen(account: number): Promise<Listener> {
  const listener = new Listener(account, 0, {
    store,
    mostUntaken: 1e9,
    push: (text) => {
      pushes++;
      for (const event of text.split('\r\n\r\n').slice(0, -1)) {
        const { event: kind, id, username } = JSON.parse(event);
        heard[account]!.push(id ?? username ?? kind);
      }
    },
    ended: () => hub.remove(listener),
  });
  hub.add(listener);
  listener.begin();
  while (!listener.live) await null;
  return listener;
}

beforeEach(async () => {
  steps = 0;
  hub = new Hub({ begin: () => void steps++ });
  heard = Array.from({ length: COUNT }, () => []);
  listeners = [];
  for (let account = 0; account < COUNT; account++) listeners.push(await listen(account));
  pushes = 0;
});

const everybody = new Map(Array.from({ length: COUNT }, (_, account) => [account, 0]));

/** A message with this number, from somebody who does not listen. */
const message = (id: number, to: Audience): Happening => ({
  kind: 'message',
  id,
  sender: -1,
  to,
  hidden: false,
  message: {
    id,
    from: 'x',
    to: null,
    group: 'g',
    text: '',
    sentAt: 0,
    readAt: null,
    editedAt: null,
    deletedAt: null,
  },
});

const nextStep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function settle(): Promise<void> {
  while (hub.behind) await nextStep();
}

test('many hear of a message in several steps, each once', async () => {
  hub.happened(message(1, everybody));
  expect(pushes).toBe(TOLD_AT_ONCE);
  const bySteps: number[] = [];
  while (hub.behind) {
    const before = pushes;
    await nextStep();
    bySteps.push(pushes - before);
  }
  expect(Math.max(...bySteps)).toBe(TOLD_AT_ONCE);
  expect(steps).toBe(COUNT / TOLD_AT_ONCE - 1);
  expect(heard).toEqual(heard.map(() => [1]));
});

test('few hear at once, behind what they were still to hear, whoever else waits', async () => {
  hub.happened(message(1, everybody));
  const late = COUNT - 1;
  hub.happened(message(2, late));
  expect(heard[late]).toEqual([1, 2]);
  expect(heard[late - 1]).toEqual([]);
  hub.hurry(listeners[late - 1]!);
  expect(heard[late - 1]).toEqual([1]);
  await settle();
  expect(heard[late]).toEqual([1, 2]);
  expect(heard[late - 1]).toEqual([1]);
});

test('who begins to listen when something has happened hears of it only what it has missed', async () => {
  hub.happened(message(1, everybody));
  heard[COUNT] = [];
  await listen(COUNT);
  const again = await listen(COUNT - 1);
  await settle();
  expect(heard[COUNT]).toEqual([]);
  // The account's first one has heard it, the second one not.
  expect(heard[COUNT - 1]).toEqual([1]);
  again.end();
  hub.remove(again);
});

test('all are interrupted behind what has happened before, in several steps', async () => {
  hub.happened(message(1, everybody));
  hub.tellAll('{"event": "presence", "username": "ann", "online": true}\r\n\r\n');
  hub.interruptAll();
  hub.happened(message(2, everybody));
  await settle();
  expect(heard).toEqual(heard.map(() => [1, 'ann', 'dropped']));
  expect(hub.attended).toBe(false);
});

test('what is told in passing is one push for each, however much it is', async () => {
  const events = Array.from({ length: 50 }, (_, number) => {
    return `{"event": "presence", "username": "u${number}", "online": true}\r\n\r\n`;
  });
  hub.tellAll(events.join(''));
  await settle();
  expect(pushes).toBe(COUNT);
  expect(heard[7]).toHaveLength(50);
});

test('when more happens than can be told nothing is left out and little waits', async () => {
  const many = 200;
  for (let id = 1; id <= many; id++) hub.happened(message(id, everybody));
  // Half of it at least was told meanwhile.
  expect(pushes).toBeGreaterThanOrEqual(many * COUNT - 50_000);
  await settle();
  const all = Array.from({ length: many }, (_, index) => index + 1);
  for (const numbers of heard) expect(numbers).toEqual(all);
});

test('whatever happens, each hears all that is for them, in order', async () => {
  const some = Array.from({ length: 3 }, (_, index) => index * TOLD_AT_ONCE + 50);
  const step = fc.oneof(
    fc.constant('all' as const),
    fc.constantFrom(...some),
    fc.constant('presence' as const),
    fc.constant('wait' as const),
    fc.constant('hurry' as const),
  );
  let id = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (actions) => {
      const expected: (string | number)[][] = heard.map(() => []);
      for (const numbers of heard) numbers.length = 0;
      for (const action of actions) {
        if (action === 'wait') await nextStep();
        else if (action === 'hurry') {
          hub.hurry(listeners[some[1]!]!);
          expect(heard[some[1]!]).toEqual(expected[some[1]!]);
        } else if (action === 'presence') {
          for (const numbers of expected) numbers.push('ann');
          hub.tellAll('{"event": "presence", "username": "ann", "online": true}\r\n\r\n');
        } else {
          id++;
          const whom = action === 'all' ? expected : [expected[action]!];
          for (const numbers of whom) numbers.push(id);
          hub.happened(message(id, action === 'all' ? everybody : action));
          if (action !== 'all') expect(heard[action]).toEqual(expected[action]);
        }
      }
      await settle();
      expect(heard).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
