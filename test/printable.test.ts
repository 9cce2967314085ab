import { expect, test } from '@jest/globals';
import { printable, printableName } from '../src/printable.ts';

/** Of each kind that a terminal obeys. */
const HOSTILE = [
  '\u001b',
  '\u0007',
  '\r',
  '\n',
  '\b',
  '\0',
  '\u007f',
  '\u0085',
  '\u009b',
  '\u009d',
  '\u2028',
  '\u2029',
];
const TURNING = ['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'];
const UNSEEN = [
  '\u00ad',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u3164',
  '\u180e',
  '\u2800',
  '\u3000',
  '\u00a0',
  '\u{e0041}',
];

const escapeOf = (letter: string): string =>
  JSON.stringify(
    letter
      .split('')
      .map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
      .join('\\u'),
  )
    .slice(1, -1)
    .replaceAll('\\\\', '\\');

test.each([...HOSTILE, ...TURNING])('%j becomes its escape, in texts and in names', (letter) => {
  for (const make of [printable, printableName]) {
    expect(make(`a${letter}b`)).toBe(`a\\u${escapeOf(letter)}b`);
  }
});

test.each(UNSEEN)('%j stays in a text, and shows in a name', (letter) => {
  expect(printable(`a${letter}b`)).toBe(`a${letter}b`);
  expect(printableName(`a${letter}b`)).toBe(`a\\u${escapeOf(letter)}b`);
});

test.each([
  'nihao ma?',
  'café',
  're\u0301sume\u0301',
  '漢字',
  'مرحبا',
  'क्‍ष',
  '👨‍👩‍👧‍👦 🇮🇩',
  '❤\ufe0f',
  'a\\u001b',
])('%j is printable', (text) => {
  expect(printable(text)).toBe(text);
});

test.each(['messi', 'josé', '田中', 'राम', 'أحمد', '#lab', 'a.b_c-d'])('%j is a name as it is', (name) => {
  expect(printableName(name)).toBe(name);
});

test('of JSON it makes JSON that says the same', () => {
  const value = { a: [...HOSTILE, ...TURNING].join('x') };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
