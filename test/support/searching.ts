import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fold } from '../../src/words/fold.ts';
import { havingAll, pageOf } from '../../src/words/page.ts';
import { matches, queryOf } from '../../src/words/query.ts';
import { termsOf, tokensOf } from '../../src/words/tokens.ts';

/** Whether a search would find a text, told by the text alone. */
export function finds(text: string, asked: string): boolean {
  const tokens = tokensOf(fold(text));
  const query = queryOf(asked);
  if (query.terms.length === 0) return false;
  return havingAll(pageOf([termsOf(tokens)]), query.terms) !== 0 && matches(query, tokens);
}

/** Makes the messages in a closed folder those of a version that had no pages of words. */
export function forgetWords(folder: string): void {
  using db = new DatabaseSync(join(folder, 'benang.db'));
  db.exec(`DELETE FROM word_page;
    UPDATE word_range SET (low, high, next_low, next_high) = (SELECT seq, seq, seq, seq FROM
      (SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'message'))`);
}

/** A word of its own for each number: letters only, for a number would be a word itself. */
export const wordOf = (number: number): string =>
  `kata${String(number).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)}`;
