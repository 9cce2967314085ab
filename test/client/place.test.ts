import { expect, test } from '@jest/globals';
import { placeOf, positionOf, wordsOf } from '../../src/client/place.ts';

test('a position is a place, also as a file gives it back; a number alone is one as well', () => {
  for (const place of [
    { number: 0, incarnation: undefined },
    { number: 1501, incarnation: 'sdyYy7Ak.10.ua65WMNs.0' },
    { number: 7, incarnation: 'a-_.0' },
  ]) {
    expect(placeOf(positionOf(place))).toEqual(place);
    expect(placeOf(`${positionOf(place)}\n`)).toEqual(place);
  }
  expect(placeOf(1501)).toEqual({ number: 1501, incarnation: undefined });
  expect(placeOf('1501')).toEqual({ number: 1501, incarnation: undefined });
});

test('what is none is not taken: it would change what a request means', () => {
  for (const none of [
    '',
    ' ',
    '.',
    'x',
    '1.',
    '.a',
    '1 2',
    '1.a b',
    '1.a\r\nlogout',
    '-1',
    '1e3',
    `1.${'x'.repeat(2001)}`,
    '1'.repeat(16),
  ]) {
    expect(placeOf(none)).toBeUndefined();
  }
  for (const none of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null, {}, true])
    expect(placeOf(none)).toBeUndefined();
});

test('in a request it is two options, or one', () => {
  expect(wordsOf({ number: 3, incarnation: 'a.0' })).toEqual(['since', '3', 'incarnation', 'a.0']);
  expect(wordsOf({ number: 3, incarnation: undefined })).toEqual(['since', '3']);
});
