import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mayRegister } from '../../src/names/username.ts';
import { wordFault } from '../../src/names/word.ts';

test.each([
  'budi',
  'Budi',
  'a',
  'b2',
  'budi.santoso',
  'budi_s-2',
  'josé',
  'żółć',
  'Straẞe',
  'nguyễn',
  'иван',
  'νίκος',
  '田中',
  'たなか',
  'タロー',
  '김철수',
  'สมชาย',
  'राम',
  'أحمد',
  'דוד',
  'x'.repeat(32),
  '田'.repeat(32),
])('%s may be registered', (name) => {
  expect(mayRegister(name)).toBe(true);
});

test.each([
  [''],
  ['2'],
  ['1budi', 'a digit first'],
  ['.budi'],
  ['-budi'],
  ['budi.'],
  ['budi..s'],
  ['budi._s'],
  ['budi s'],
  ['#lab'],
  ['all@home'],
  ['x'.repeat(33)],
  ['𠀀'.repeat(25), 'more than 96 bytes'],
  ['jose\u0301', 'not NFC'],
  ['ｂｕｄｉ', 'not NFKC'],
  ['ﬁ', 'not NFKC'],
  ['budi\u200b', 'invisible'],
  ['budi\u202e', 'turned round'],
  ['bud\u0131\0', 'control character'],
  ['mеssi', 'Latin and Cyrillic'],
  ['раураl', 'Cyrillic and Latin'],
  ['νiκος', 'Greek and Latin'],
  ['田中tanaka', 'Han and Latin'],
  ['김た', 'Hangul and Hiragana'],
  ['Иван', 'a capital that is not Latin'],
  ['ΝΙΚΟΣ', 'a capital that is not Latin'],
  ['१२', 'digits of another script'],
  ['राम१', 'digits of another script'],
  ['ɑnn', 'phonetics'],
  ['ǀine', 'a click'],
  ['ƿaul', 'an old letter'],
  ...[...'ỿỽỻỺẜẝẟ'].map((letter) => [`m${letter}essi`, 'an old letter']),
  ['ᚠ', 'an ancient script'],
  ['😀'],
  ['\ud800'],
] as string[][])('%j may not', (name) => {
  expect(mayRegister(name!)).toBe(false);
});

test('whatever may be registered is one word of a request in its only form', () => {
  const letters = fc.constantFrom(...'aZéиα田たก2._-', 'A\u030a', 'ｱ', '\u0301', '\ud800');
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(letters, fc.string({ unit: 'binary', maxLength: 1 })) }),
      (name) => {
        fc.pre(mayRegister(name));
        expect(wordFault(name)).toBeUndefined();
        for (const form of ['NFC', 'NFKC']) expect(name.normalize(form)).toBe(name);
        expect([...name].length).toBeLessThanOrEqual(32);
        expect(name).not.toMatch(/^-|[\s#]/);
      },
    ),
  );
});
