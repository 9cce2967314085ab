import { beforeEach, expect, jest, test } from '@jest/globals';
import { GATHER_MS, Presence } from '../../src/live/presence.ts';

let told: string[];
let hub: { attended: boolean; tellAll(text: string): void };
let presence: Presence;

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  hub = { attended: true, tellAll: (text) => void told.push(text) };
  presence = new Presence(hub, { begin: () => {} });
});

/** What was told until now: users, each with a + or a -, by piece. */
function heard(): string[] {
  jest.advanceTimersByTime(GATHER_MS);
  return told.splice(0).map((text) =>
    text
      .split('\r\n\r\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .map(
        ({ event, username, online }) =>
          `${event === 'presence' ? '' : event}${online ? '+' : '-'}${username}`,
      )
      .join(' '),
  );
}

test('changes of a while are told in one piece, who has gone first, and who is back was never away', () => {
  presence.changed('ann', true);
  presence.changed('bob', false);
  presence.changed('cid', true);
  presence.changed('cid', false);
  presence.changed('dora', false);
  presence.changed('dora', true);
  presence.changed('dora', false);
  expect(told).toEqual([]);
  expect(heard()).toEqual(['-bob -dora +ann']);
  presence.changed('bob', true);
  expect(heard()).toEqual(['+bob']);
  expect(heard()).toEqual([]);
});

test('while nobody listens nothing is gathered', () => {
  hub.attended = false;
  presence.changed('ann', true);
  hub.attended = true;
  expect(heard()).toEqual([]);
  presence.changed('ann', false);
  expect(heard()).toEqual(['-ann']);
});

test('thousands of changes are told in few pieces, none of them long', () => {
  const count = 5000;
  for (let number = 0; number < count; number++) presence.changed(`user${number}`, true);
  jest.advanceTimersByTime(GATHER_MS);
  expect(told.length).toBeLessThan(10);
  expect(Math.max(...told.map(({ length }) => length))).toBeLessThan(70_000);
  expect(heard().join(' ').split(' ')).toHaveLength(count);
});
