import type { Term } from './query.ts';

/** In one page: as many as there are letters to mark them with. */
export const MOST_IN_PAGE = 26;

/**
 * The terms of up to 26 messages, as text: a line for each term, behind it the messages that have it, from A to Z. Folded text has no
 * upper-case letters. To look a term up is to look for a string.
 */
export type Page = string;

const A = 'A'.charCodeAt(0);
const Z = 'Z'.charCodeAt(0);
const LETTERS = Array.from({ length: MOST_IN_PAGE }, (_, index) => String.fromCharCode(A + index));

export function pageOf(messages: readonly Iterable<string>[]): Page {
  /** By term, which messages have it: bit 0 is the first one. */
  const lines = new Map<string, number>();
  for (const [index, terms] of messages.entries()) {
    for (const term of terms) lines.set(term, (lines.get(term) ?? 0) | (1 << index));
  }
  let page = '';
  for (const [term, having] of lines) page += `\n${term}${lettersOf(having)}`;
  return page;
}

function lettersOf(having: number): string {
  let letters = '';
  for (let left = having; left !== 0; left &= left - 1) letters += LETTERS[31 - Math.clz32(left & -left)];
  return letters;
}

/** Which messages of a page have all the terms: bit 0 is the first one. */
export function havingAll(page: Page, terms: readonly Term[]): number {
  let all = -1;
  for (const term of terms) {
    all &= having(page, term);
    if (all === 0) break;
  }
  return all;
}

function having(page: Page, { text, beginning }: Term): number {
  const line = `\n${text}`;
  let found = 0;
  for (let at = page.indexOf(line); at >= 0; at = page.indexOf(line, at)) {
    at += line.length;
    if (!beginning && !isLetter(page.charCodeAt(at))) continue;
    while (at < page.length && !isLetter(page.charCodeAt(at))) at++;
    for (; isLetter(page.charCodeAt(at)); at++) found |= 1 << (page.charCodeAt(at) - A);
  }
  return found;
}

/** The page without some messages, by their place in it; the others keep theirs. What only those had is not in it any more. */
export function without(page: Page, places: readonly number[]): Page {
  const letters = places.map((place) => String.fromCharCode(A + place)).join('');
  const marks = new RegExp(`[${letters}]+`, 'g');
  return page.replace(marks, '').replace(/\n[^\nA-Z]+(?=\n|$)/g, '');
}

const isLetter = (code: number): boolean => code >= A && code <= Z;
