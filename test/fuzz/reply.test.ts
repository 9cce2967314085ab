import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeJson } from '../../src/protocol/json.ts';
import { readReply } from './reply.ts';

test('reads back what the server writes', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.maxSafeNat(),
      fc.constantFrom(true, false, null),
      fc.array(tie('value')),
      fc.array(fc.tuple(fc.string(), tie('value'))).map((entries) => new Map(entries)),
    ),
  }));
  fc.assert(
    fc.property(value, (written) => {
      expect(readReply(encodeJson(written as string))).toEqual(written);
    }),
  );
});

test.each([
  '{"a":"b"}',
  '{"a": "b"} ',
  '{"a": "b","c": "d"}',
  '{"a": "b", "a": "c"}',
  '["a",  "b"]',
  '["a", ]',
  '"\\u0041"',
  '"\\u00E9"',
  '"\\u000a"',
  '"\\/"',
  '"\u007f"',
  '"é"',
  '"a',
  '01',
  '1.0',
  'True',
  '',
])('refuses %j, which is another form than the brief shows', (text) => {
  expect(() => readReply(text)).toThrow('is not in the brief');
});
