import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/words/fold.ts';
import { havingAll, MOST_IN_PAGE, pageOf, without } from '../../src/words/page.ts';
import { queryOf } from '../../src/words/query.ts';
import { termsIn } from '../../src/words/terms.ts';
import { formsOf, termsOf, tokensOf } from '../../src/words/tokens.ts';

const term = fc.string({
  unit: fc.constantFrom('a', 'b', 'ab', 'é', '北', '👍', '1'),
  minLength: 1,
  maxLength: 4,
});
const messages = fc.array(fc.uniqueArray(term, { maxLength: 8 }), { minLength: 1, maxLength: MOST_IN_PAGE });
const asked = fc.array(fc.record({ text: term, beginning: fc.boolean() }), { minLength: 1, maxLength: 4 });

test('a page tells which of its messages have all the terms, also when others were taken out', () => {
  fc.assert(
    fc.property(messages, asked, fc.uniqueArray(fc.nat(MOST_IN_PAGE - 1)), (all, terms, gone) => {
      const page = without(pageOf(all), gone);
      const found = havingAll(page, terms);
      for (const [place, own] of all.entries()) {
        const fits = terms.every(({ text, beginning }) =>
          own.some((one) => one === text || (beginning && one.startsWith(text))),
        );
        expect((found & (1 << place)) !== 0).toBe(fits && !gone.includes(place));
      }
      // Nothing is left of what only those had.
      const left = new Set(all.filter((_, place) => !gone.includes(place)).flat());
      const lines = page.split('\n').slice(1);
      expect(new Set(lines.map((line) => line.replace(/[A-Z]+$/, '')))).toEqual(left);
    }),
  );
});

test('the terms of a text are those of its tokens, plain or not', () => {
  const plain = fc.constantFrom(..."abzAZ019'`@#*_- \n\0\x7f[{", 'É', 'x'.repeat(63));
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: plain, maxLength: 300 })),
      (text) => {
        expect(new Set(termsIn(text))).toEqual(termsOf(tokensOf(fold(text))));
      },
    ),
    { numRuns: 1000 },
  );
  const long = 'kata '.repeat(2000);
  expect(new Set(termsIn(long))).toEqual(termsOf(tokensOf(fold(long))));
});

test('whatever a text is, its terms are lines that can be told from each other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const term of termsOf(tokensOf(fold(text)))) expect(term).toMatch(/^[^\nA-Z\0]+$/u);
    }),
  );
});

test('a text is found by each of its own words', () => {
  const letters = [..."abcXYZ ÀéŁß-.'’*123ın中国東京がทก้าคន្តكتَابדני한국👍🏽"];
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...letters), maxLength: 60 }), (text) => {
      const page = pageOf([termsOf(tokensOf(fold(text)))]);
      for (const word of text.split(/\s+/)) {
        const { terms } = queryOf(word);
        if (terms.length > 0) expect([word, havingAll(page, terms)]).toEqual([word, 1]);
      }
    }),
  );
});

test('what one message or one query can make of it is bounded', () => {
  const many = 'a-'.repeat(32_000);
  expect([...termsOf(tokensOf(fold(many)))]).toEqual(['a']);
  const { terms, phrases } = queryOf(many);
  expect(terms).toEqual([{ text: 'a', beginning: false }]);
  expect(phrases.map(({ tokens }) => tokens.length)).toEqual([32]);
  const sixteen = queryOf(Array.from({ length: 16 }, () => 'b-'.repeat(2000)).join(' '));
  expect(sixteen.phrases.flatMap(({ tokens }) => tokens)).toHaveLength(32);
  expect(
    queryOf(Array.from({ length: 100 }, (_, index) => `word${index}x`).join(' ')).terms.length,
  ).toBeLessThan(33);
  // A word without an end, and one of apostrophes only.
  expect([...termsOf(tokensOf(fold('x'.repeat(60_000))))]).toEqual(['x'.repeat(64)]);
  expect([...termsOf(tokensOf(fold("a'".repeat(30_000))))].length).toBeLessThan(65);
  expect(formsOf({ kind: 'word', text: "l'a", joined: false })).toEqual(['la', 'a']);
  // Texts that grow when they are taken apart, and marks whose order is told by comparing each with each.
  expect(fold('\ufdfa'.repeat(20_000)).trim()).toBe('');
  expect(fold(`a${'\u0323\u0301'.repeat(4000)}b`)).toBe('ab');
  expect(fold(`ก${'\u0e38\u0e48'.repeat(10_000)}`).length).toBeLessThan(32);
  expect(tokensOf('x '.repeat(60_000)).length).toBeLessThan(4097);
});
