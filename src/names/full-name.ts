import { printable } from '../printable.ts';

/** In UTF-16 units. */
export const LONGEST_NAME = 200;

/** The name or country that a client has written as one word, with `-` for each space; undefined when it cannot be one. */
export function readFullName(word: string): string | undefined {
  const name = word.replaceAll('-', ' ').trim();
  const good = name !== '' && name.length <= LONGEST_NAME && name === printable(name);
  return good ? name : undefined;
}
