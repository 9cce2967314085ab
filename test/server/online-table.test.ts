import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LiveSession } from '../../src/server/live-session.ts';
import { MOST_OF_ONE_USER, MOST_ON_A_PAGE, OnlineTable } from '../../src/server/online-table.ts';

const session = (account: number, order: number, nama = 'N'): LiveSession => {
  const username = `user${account}`;
  const made = new LiveSession({
    id: `${username} ${order}`,
    account: { id: account, username, nama, negara: 'X' },
    tokenHash: String(order),
    startedAt: 0,
    usedAt: 0,
  });
  made.order = order;
  return made;
};

/** All pages. */
function pages(table: OnlineTable): LiveSession[][] {
  const all: LiveSession[][] = [];
  for (let after = 0; ; ) {
    const { sessions, more, next } = table.page(after);
    all.push([...sessions] as LiveSession[]);
    if (more === 0) return all;
    after = next;
  }
}

const orders = (sessions: readonly LiveSession[]): number[] => sessions.map(({ order }) => order);

test('whoever comes and goes, in whatever order: the list is in order of login, and users come and go once', () => {
  const step = fc.record({
    account: fc.integer({ min: 1, max: 3 }),
    number: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const table = new OnlineTable();
      const told: string[] = [];
      let changes = 0;
      table.onUser = (username, online) => void told.push(`${username} ${online}`);
      table.onListed = () => void changes++;
      const all = new Map<number, LiveSession>();
      const there = new Map<number, LiveSession>();
      const present = new Set<string>();
      const expected: string[] = [];
      for (const { account, number } of steps) {
        const order = account * 100 + number;
        const one = all.get(order) ?? session(account, order);
        all.set(order, one);
        if (there.delete(order)) table.remove([one]);
        else {
          there.set(order, one);
          table.add(one);
        }
        const here = new Set([...there.values()].map((other) => other.account.username));
        for (const gone of present.difference(here)) expected.push(`${gone} false`);
        for (const come of here.difference(present)) expected.push(`${come} true`);
        present.clear();
        for (const username of here) present.add(username);
        expect(table.has(one)).toBe(there.has(order));
      }
      expect(told).toEqual(expected);
      expect(changes).toBe(steps.length);
      expect(orders(pages(table).flat())).toEqual([...there.keys()].sort((a, b) => a - b));
    }),
  );
});

test('of one user so many are listed, and the next one takes the place of one that goes', () => {
  const table = new OnlineTable();
  const many = Array.from({ length: MOST_OF_ONE_USER + 3 }, (_, index) => session(1, index + 1));
  const other = session(2, 1000);
  let changes = 0;
  table.onListed = () => void changes++;
  for (const one of [...many, other]) table.add(one);
  // Those that are not listed change nothing for anybody.
  expect(changes).toBe(MOST_OF_ONE_USER + 1);
  const [shown] = pages(table);
  expect(shown).toEqual([...many.slice(0, MOST_OF_ONE_USER), other]);
  expect(many.every((one) => table.has(one))).toBe(true);
  table.remove([many[MOST_OF_ONE_USER + 1]!]);
  expect(changes).toBe(MOST_OF_ONE_USER + 1);
  table.remove([many[5]!]);
  const next = [...many.slice(0, 5), ...many.slice(6, MOST_OF_ONE_USER + 1), other];
  expect(pages(table)[0]).toEqual(next);
  // Nobody takes the place of one that goes together with them.
  changes = 0;
  table.remove(many);
  expect(changes).toBe(MOST_OF_ONE_USER);
  expect(pages(table)).toEqual([[other]]);
});

test('a page has so many, the next one begins behind it, also when its last one has gone', () => {
  const table = new OnlineTable();
  const count = 2 * MOST_ON_A_PAGE + 1;
  const all = Array.from({ length: count }, (_, index) => session(index + 1, index + 1));
  for (const one of all.toReversed()) table.add(one);
  expect(pages(table).map(({ length }) => length)).toEqual([MOST_ON_A_PAGE, MOST_ON_A_PAGE, 1]);
  expect(pages(table).flat()).toEqual(all);
  const { next, more } = table.page(0);
  expect(more).toBe(count - MOST_ON_A_PAGE);
  table.remove([all[MOST_ON_A_PAGE - 1]!, all[MOST_ON_A_PAGE]!]);
  expect(table.page(next).sessions[0]).toBe(all[MOST_ON_A_PAGE + 1]);
  expect(table.page(count)).toEqual({ sessions: [], more: 0, next: count });
});

test('long names make a page shorter', () => {
  const table = new OnlineTable();
  for (let number = 1; number <= MOST_ON_A_PAGE; number++)
    table.add(session(number, number, '界'.repeat(400)));
  const [first] = pages(table);
  expect(first!.length).toBeGreaterThan(100);
  expect(first!.length).toBeLessThan(200);
  expect(pages(table).flat()).toHaveLength(MOST_ON_A_PAGE);
});
