import { printable } from '../printable.ts';

/** In UTF-16 units. */
const LONGEST = 200;

/**
 * What is wrong with a username or a password, as the rest of a sentence, or undefined when it can be one word of a request's line:
 * neither a space nor anything that ends a line. It says nothing of the word itself.
 */
export function wordFault(value: string): string | undefined {
  if (value === '') return 'must not be empty';
  if (value.length > LONGEST) return `must have at most ${LONGEST} characters`;
  if (/\s/.test(value) || value !== printable(value)) return 'must not hold spaces or control characters';
  if (!value.isWellFormed()) return 'must be valid Unicode';
  return undefined;
}
