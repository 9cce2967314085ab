import type { Random } from '../support/random.ts';
import { MAX_REQUEST } from './asked.ts';

/** Where text handling goes wrong, and what people write. */
const PIECES = [
  'nihao ma?',
  'halo',
  'ñ é ü',
  'e\u0301 n\u0303 \u0300\u0301\u0302\u0303',
  '😀',
  '👩‍👩‍👧 🇮🇩 👍🏽',
  'שלום \u202eمرحبا\u202c',
  '\u200b\u200d\u2060\ufeff',
  '\u2028\u2029\u0085',
  '\0',
  '\x01\x07\x08\x1b[31m\x7f',
  '\u0080\u009f\u00a0\u00ff',
  '\ufffd\ufffe\uffff',
  '\ud7ff\ue000',
  '𐀀\u{10ffff}',
  '"quotes" and \\ back\\\\slashes\\u0041',
  '": [',
  '", "msg": "',
  '{"json": []}',
  '\r',
  '\t',
  ' ',
  '  ',
  '__proto__',
  'constructor',
  "'; DROP TABLE message; --",
  '%s%n$1',
  '-0',
] as const;

/** Texts in which what is framing matters. */
const EDGES = ['', ' ', '  ', '   ', ' a', 'a ', '  a  ', '\r', ' \r', '\r ', '\ufeff', ' \0 '] as const;

const character = (random: Random): string => {
  const limit = random.weighted([
    [4, 0x80],
    [2, 0x800],
    [2, 0x1_0000],
    [1, 0x11_0000],
  ] as const);
  const code = random.below(limit);
  return code === 0x0a || (code >= 0xd800 && code < 0xe000) ? '?' : String.fromCodePoint(code);
};

const characters = (random: Random, count: number): string =>
  Array.from({ length: count }, () => character(random)).join('');

/** Anything that may stand behind a recipient. */
export function anyText(random: Random): string {
  switch (random.weighted(TEXTS)) {
    case 'edge':
      return random.pick(EDGES);
    case 'pieces':
      return Array.from({ length: 1 + random.around(2) }, () => random.pick(PIECES)).join('');
    case 'characters':
      return characters(random, random.around(20));
    case 'long':
      return random.pick(['x', 'é', '€', '😀', '\0', ' ', '"']).repeat(random.below(4000));
    case 'huge':
      // About the limit, counted with the words in front; some are over it.
      return 'x'.repeat(MAX_REQUEST - random.below(random.chance(0.5) ? 200 : MAX_REQUEST));
  }
}

const TEXTS = [
  [60, 'edge'],
  [600, 'pieces'],
  [320, 'characters'],
  [18, 'long'],
  [2, 'huge'],
] as const;

/** Anything that may stand where a word should. */
export function anyWord(random: Random): string {
  return random.weighted([
    [4, () => random.pick(PIECES)],
    [3, () => characters(random, 1 + random.around(6))],
    [1, () => ''],
    [1, () => random.pick(['x', 'é', '😀']).repeat(random.below(3000))],
  ] as const)();
}

/** Usernames that an accounts file may hold and that programs stumble over. */
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '10',
  '2',
  '"quoted"',
  "o'hara",
  '😀',
  'مرحبا',
  'e\u0301',
  'é',
  '\\u0041',
  'auth',
  '%00',
  'null',
] as const;

/** So many usernames, the odd ones among them. */
export const usernames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => ODD_NAMES[index] ?? `visitor${index}`);
