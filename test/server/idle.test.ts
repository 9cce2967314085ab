import { expect, test } from '@jest/globals';
import { idleReason } from '../../src/server/idle.ts';

const limits = { idleTimeout: 60_000, loginTimeout: 5_000 };

test.each([
  ['a stranger in time', { askedAt: 0, strangerSince: 0 }, 5_000, undefined],
  [
    'a stranger that only asks nonsense',
    { askedAt: 5_000, strangerSince: 0 },
    5_001,
    'nobody logged in for 5 s',
  ],
  ['a user that is quiet', { askedAt: 0, strangerSince: undefined }, 60_000, undefined],
  [
    'a user that is quiet for too long',
    { askedAt: 0, strangerSince: undefined },
    60_001,
    'no request came for 60 s',
  ],
])('%s', (_, connection, now, reason) => {
  expect(idleReason(connection, limits, now)).toBe(reason);
});
