import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeJson, type Json } from '../../src/protocol/json.ts';

test('separators as the original has them', () => {
  expect(encodeJson({ a: [1, 'x', null, true], b: {} })).toBe('{"a": [1, "x", null, true], "b": {}}');
});

test.each([
  ['café €', '"caf\\u00e9 \\u20ac"'],
  ['😀', '"\\ud83d\\ude00"'],
  ['a"b\\c/', '"a\\"b\\\\c/"'],
  ['\0\n\r\t\u001b\u007f', '"\\u0000\\n\\r\\t\\u001b\\u007f"'],
  ['\u202eabc', '"\\u202eabc"'],
])('%j is pure ASCII', (text, expected) => {
  expect(encodeJson(text)).toBe(expected);
});

test('a Map keeps the order of its keys, numbers and __proto__ included', () => {
  const map = new Map<string, Json>([
    ['10', 1],
    ['2', 2],
    ['__proto__', 3],
    ['constructor', 4],
  ]);
  expect(encodeJson(map)).toBe('{"10": 1, "2": 2, "__proto__": 3, "constructor": 4}');
});

test('any value comes back as it was, through ASCII only', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = encodeJson(value as Json);
      expect(text).toMatch(/^[ -~]*$/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
