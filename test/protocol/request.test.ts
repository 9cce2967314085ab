import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutCommand, cutWords, frameText, unframeText } from '../../src/protocol/request.ts';

test.each([
  ['auth messi', { name: 'auth', rest: 'messi' }],
  ['auth ', { name: 'auth', rest: '' }],
  ['auth', { name: 'auth', rest: undefined }],
  ['', { name: '', rest: undefined }],
  [' ', { name: '', rest: '' }],
  ['auth\tmessi', { name: 'auth\tmessi', rest: undefined }],
])('cutCommand(%j)', (line, expected) => {
  expect(cutCommand(line)).toEqual(expected);
});

describe('cutWords', () => {
  test.each([
    [undefined, []],
    ['', ['']],
    ['messi', ['messi']],
    ['messi ', ['messi', '']],
    ['messi surabaya', ['messi', 'surabaya']],
    ['messi surabaya extra words', ['messi', 'surabaya']],
    ['messi  surabaya', ['messi', '']],
  ])('two words of %j', (rest, expected) => {
    expect(cutWords(rest, 2, false)).toEqual(expected);
  });

  test('a text is the whole rest', () => {
    expect(cutWords('token lineker  a  b ', 3, true)).toEqual(['token', 'lineker', ' a  b ']);
    expect(cutWords('token lineker', 3, true)).toEqual(['token', 'lineker']);
  });
});

describe('texts', () => {
  test.each([
    [' nihao ma? ', 'nihao ma?'],
    ['nihao ma?', 'nihao ma?'],
    ['nihao ', 'nihao'],
    ['  two  ', ' two '],
    [' ', ''],
    ['', ''],
  ])('unframeText(%j)', (framed, text) => {
    expect(unframeText(framed)).toBe(text);
  });

  test('any text arrives as it was typed', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unframeText(frameText(text)) === text));
  });
});
