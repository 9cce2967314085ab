import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { frameText, textEnd, textStart } from '../../src/protocol/request.ts';

const unframed = (line: string, start = 0): string =>
  line.slice(textStart(line, start), textEnd(line, start));

test.each([
  [' nihao ma? ', 'nihao ma?'],
  ['nihao ma?', 'nihao ma?'],
  ['nihao ', 'nihao'],
  ['  two  ', ' two '],
  [' ', ''],
  ['', ''],
])('what is framed as %j', (framed, text) => {
  expect(unframed(framed)).toBe(text);
  expect(unframed(`edit 7 ${framed}`, 7)).toBe(text);
});

test('any text arrives as it was typed', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unframed(frameText(text)) === text));
});
