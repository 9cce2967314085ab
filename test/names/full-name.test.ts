import { expect, test } from '@jest/globals';
import { readFullName } from '../../src/names/full-name.ts';

test.each([
  ['Budi-Santoso', 'Budi Santoso'],
  ['Indonesia', 'Indonesia'],
  ['राम', 'राम'],
  ['N', 'N'],
  ['O’Neill', 'O’Neill'],
  ['😀', '😀'],
])('%s is a full name', (word, name) => {
  expect(readFullName(word)).toBe(name);
});

test.each([
  [''],
  ['-'],
  ['-\u00a0-'],
  ['x'.repeat(201)],
  ['\u202eidub'],
  ['Budi\u200b', 'a space without width'],
  ['\u200b'],
  ['Bu\u00addi', 'a soft hyphen'],
  ['\u3164', 'a filler'],
  ['\u{e0041}', 'a tag'],
  ['Budi\ufe0f', 'a variation selector'],
  ['\u0301', 'a mark alone'],
  ['\u2800', 'a blank of Braille'],
  ['a\u0007'],
] as string[][])('%j is none', (word) => {
  expect(readFullName(word!)).toBeUndefined();
});
