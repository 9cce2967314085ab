import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { confusables } from '../../src/names/confusables.ts';
import { skeletonOf } from '../../src/names/skeleton.ts';

const anyName = fc.string({ unit: 'binary', maxLength: 20 });

describe('skeletonOf', () => {
  test.each([
    [
      'messi',
      'Messi',
      'MESSI',
      'mess1',
      'rnessi',
      'mеssi',
      'ｍｅｓｓｉ',
      'méssi',
      'me\u0301ssi',
      'mes\u200bsi',
      'ⓜessi',
    ],
    ['lineker', '1ineker', 'Iineker', 'lIneker', 'łineker', 'lineĸer', 'lіneker', 'LİNEKER'],
    ['paypal', 'раураl', 'pаypal'],
    ['ooo', '0οо', 'OОΟ', 'óöø', 'օօօ', 'σος'],
    ['राम', 'रा\u093eम'],
    ['דוד', 'ד\u05d5\u05bcד'],
    ['محمد', 'مُحَمَّد'],
    ['strasse', 'straẞe', 'straße', 'STRASSE', 'ſtrasse'],
    ['wim', 'vvim', 'WIM', 'wirn'],
    ['νικος', 'Νικος', 'νίκοσ'],
    ['ニカ', '二力'],
  ])('%s looks like %s', (...names) => {
    expect(new Set(names.map(skeletonOf)).size).toBe(1);
  });

  test.each([
    ['messi', 'messy'],
    ['budi', 'budi2'],
    ['a.b', 'a_b'],
    ['ann', 'anna'],
    ['иван', 'иваш'],
    ['田中', '中田'],
    ['राम', 'रमा'],
    ['राम', 'रोमी'],
    ['สมชาย', 'สมชัย'],
    ['กา', 'กำ'],
    ['はな', 'ばな'],
    ['はな', 'ぱな'],
  ])('%s does not look like %s', (one, other) => {
    expect(skeletonOf(one)).not.toBe(skeletonOf(other));
  });

  test('is its own skeleton', () => {
    fc.assert(fc.property(anyName, (name) => skeletonOf(skeletonOf(name)) === skeletonOf(name)));
  });

  test('does not know upper from lower case, nor one form of the same text from another', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aZéßẞςİIlÅк三ｱмがぱाि'), maxLength: 20 }), (name) => {
        const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => name.normalize(form));
        const cases = [name.toUpperCase(), name.toLowerCase()];
        expect(new Set([name, ...forms, ...cases].map(skeletonOf)).size).toBe(1);
      }),
    );
  });

  test('is the same when any letter is replaced by one that looks like it', () => {
    const pairs = [...confusables];
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.constantFrom(...pairs), anyName, (before, pair, after) => {
        const [letter, looks] = pair;
        expect(skeletonOf(before + letter + after)).toBe(skeletonOf(before + looks + after));
      }),
    );
  });

  test('every letter of the table is in the form in which it is looked for', () => {
    const looks = new Set([...confusables.values()].flatMap((text) => [...text]));
    for (const [letter, target] of confusables) {
      expect([letter, skeletonOf(letter)]).toEqual([letter, target]);
      expect([letter, looks.has(letter)]).toEqual([letter, false]);
    }
  });
});
