import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonInPieces } from '../../src/control/json-pieces.ts';

test('pieces make what would have been made at once', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.array(fc.jsonValue()))),
      (value) => expect([...jsonInPieces(value)].join('')).toBe(JSON.stringify(value)),
    ),
  );
});

test('a long list is made in many pieces', () => {
  const accounts = Array.from({ length: 10_000 }, (_, number) => ({
    username: `user${number}`,
    unread: number,
  }));
  const pieces = [...jsonInPieces({ accounts, more: [], none: undefined })];
  expect(pieces.join('')).toBe(JSON.stringify({ accounts, more: [] }));
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(10_000);
});
