import { printable } from '../printable.ts';

/** In UTF-16 units. */
export const LONGEST_NAME = 200;

/** What nobody can see: two names would differ by it alone, or be turned round. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
/** Something that can be seen; U+2800 is a blank among the Braille. */
const SEEN = /(?!\u2800)[\p{L}\p{N}\p{P}\p{S}]/u;

/** The name or country that a client has written as one word, with `-` for each space; undefined when it cannot be one. */
export function readFullName(word: string): string | undefined {
  const name = word.replaceAll('-', ' ').trim();
  const good = name.length <= LONGEST_NAME && name === printable(name);
  return good && SEEN.test(name) && !UNSEEN.test(name) ? name : undefined;
}
