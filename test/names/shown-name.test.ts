import { expect, test } from '@jest/globals';
import { columnsOf } from '../../src/columns.ts';
import { shownFullName } from '../../src/names/shown-name.ts';

test.each([
  ['Lionel Messi', 'Lionel Messi'],
  ['  Lionel \u3000\u00a0 Messi ', 'Lionel Messi'],
  ['Lionel\nMessi\u001b[31m', 'Lionel Messi\\u001b[31m'],
  ['\u202eisseM', '\\u202eisseM'],
  ['Lionel\u200bMessi', 'Lionel\\u200bMessi'],
  [`Zal${'\u0335'.repeat(50)}go`, `Zal${'\u0335'.repeat(4)}go`],
])('%j is shown as %s', (name, shown) => {
  expect(shownFullName(name)).toBe(shown);
});

test('a long one leaves its line as it is', () => {
  for (const letter of ['漢', 'x', '\u202e', 'e\u0301']) {
    expect(columnsOf(shownFullName(letter.repeat(200)))).toBeLessThanOrEqual(40);
  }
});
