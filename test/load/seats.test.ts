import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignSeats, dealOut } from '../../src/load/seats.ts';

const accountsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ username: `u${index}`, password: 'p' }));

test('every seat is dealt out once, in order, and those of one account to one thread', () => {
  const plan = fc.record({
    accounts: fc.integer({ min: 1, max: 30 }),
    connections: fc.integer({ min: 1, max: 40 }),
    idle: fc.nat({ max: 20 }),
    threads: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(plan, ({ accounts, connections, idle, threads }) => {
      const seats = assignSeats(accountsOf(accounts), connections, idle);
      const hands = dealOut(seats, threads);
      const numbers = (kind: 'active' | 'idle') =>
        hands.flatMap((hand) => hand[kind].map(({ number }) => number)).sort((a, b) => a - b);
      expect(numbers('active')).toEqual(Array.from({ length: connections }, (_, index) => index));
      expect(numbers('idle')).toEqual(Array.from({ length: idle }, (_, index) => connections + index));
      for (const { active } of hands) {
        expect(active).toEqual(active.toSorted((a, b) => a.number - b.number));
      }
      const threadsOf = new Map<string, Set<number>>();
      for (const [thread, { active, idle: quiet }] of hands.entries()) {
        for (const { account } of [...active, ...quiet]) {
          threadsOf.set(account.username, (threadsOf.get(account.username) ?? new Set()).add(thread));
        }
      }
      expect(Math.max(...[...threadsOf.values()].map((each) => each.size))).toBe(1);
      expect(hands.length).toBe(Math.min(threads, threadsOf.size));
    }),
  );
});

test('connections at work have accounts of their own, and idle ones take what is left', () => {
  const names = (accounts: number, connections: number, idle: number) => {
    const seats = assignSeats(accountsOf(accounts), connections, idle);
    return [seats.active, seats.idle].map((kind) => kind.map(({ account }) => account.username).join(' '));
  };
  expect(names(4, 2, 3)).toEqual(['u0 u1', 'u2 u3 u2']);
  expect(names(2, 3, 3)).toEqual(['u0 u1 u0', 'u0 u1 u0']);
});
