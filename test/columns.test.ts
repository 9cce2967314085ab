import { expect, test } from '@jest/globals';
import { columnsOf, cutTo, inColumns, pad } from '../src/columns.ts';

test.each([
  ['', 0],
  ['messi', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['漢字', 4],
  ['한글', 4],
  ['ｆｕｌｌ', 8],
  ['ﾊﾝｶｸ', 4],
  ['राम', 3],
  ['مرحبا', 5],
  ['😀', 2],
  ['…', 1],
  ['\u{20000}', 2],
])('%s takes %d columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test('what is too wide is cut, with no half of a letter and no more marks than a letter has', () => {
  expect(cutTo('messi', 5)).toBe('messi');
  expect(cutTo('messi', 4)).toBe('mes…');
  expect(cutTo('漢字漢字', 6)).toBe('漢字…');
  expect(cutTo('漢'.repeat(200), 40)).toBe(`${'漢'.repeat(19)}…`);
  expect(cutTo(`z${'\u0335'.repeat(100)}algo`, 40)).toBe(`z${'\u0335'.repeat(4)}algo`);
  for (const text of ['漢'.repeat(200), `${'e\u0301'.repeat(99)}`, '😀'.repeat(50)]) {
    expect(columnsOf(cutTo(text, 20))).toBeLessThanOrEqual(20);
  }
});

test('columns stand below each other, whatever is in them', () => {
  expect(pad('漢', 4)).toBe('漢  ');
  expect(pad('漢', -4)).toBe('  漢');
  expect(pad('messi', 4)).toBe('messi');
  const lines = inColumns(
    ['NAME', 'N'],
    [
      ['漢字', '1'],
      ['messi', '20'],
      ['e\u0301', '3'],
    ],
  );
  expect(lines).toEqual(['NAME    N', '漢字    1', 'messi  20', 'e\u0301       3']);
});
