import { expect, test } from '@jest/globals';
import { mayNameGroup } from '../../src/names/group-name.ts';

test.each([
  'lab',
  'Lab-2b',
  '7a',
  '2026',
  'kelas.7_a-1',
  'лаб',
  'παρέα',
  '研究会',
  'JS勉強会',
  '3年B組',
  'K팝',
  'x'.repeat(64),
  '田'.repeat(64),
])('%s may be the name of a new group', (name) => {
  expect(mayNameGroup(name)).toBe(true);
});

test.each([
  [''],
  ['#lab'],
  ['-lab'],
  ['lab.', 'nothing behind the dot'],
  ['lab..b'],
  ['la b'],
  ['x'.repeat(65)],
  ['𠀀'.repeat(49), 'more than 192 bytes'],
  ['lаb', 'Latin and Cyrillic'],
  ['grουp', 'Latin and Greek'],
  ['Лаб', 'a capital that is not Latin'],
  ['लaब', 'Latin and Devanagari'],
  ['la\u0300b', 'not NFC'],
  ['ｌａｂ', 'not NFKC'],
  ['lab\u200b', 'invisible'],
  ['\u202elab', 'turned round'],
  ['lab\u0000'],
  ['７a', 'a digit of another width'],
  ['😀'],
] as string[][])('%j may not', (name) => {
  expect(mayNameGroup(name!)).toBe(false);
});
