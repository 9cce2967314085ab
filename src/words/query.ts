import { fold } from './fold.ts';
import { formsOf, type Token, tokensOf } from './tokens.ts';

/** So many words of a query count, and so many tokens in all of them. */
export const MOST_WORDS = 16;
const MOST_TOKENS = 32;
/** UTF-16 units. */
const LONGEST_QUERY = 4096;

/** Something that a message must have among its terms (see termsOf), or one that begins with it. */
export interface Term {
  readonly text: string;
  readonly beginning: boolean;
}

/** Tokens that must follow each other; of the last one it may be the beginning. */
interface Phrase {
  readonly tokens: readonly Token[];
  readonly beginning: boolean;
}

/**
 * What was asked for: some words, all of which a message must have. Words match whole words and what begins with them, unless they are too
 * short for that. What is a word between spaces may be several here (`2026-05`, `budi@contoh.co.id`): they have to follow each other.
 */
export interface Query {
  /** What a message must have, each once; none when nothing was asked for. */
  readonly terms: readonly Term[];
  /** What of it the terms do not tell: see matches(). */
  readonly phrases: readonly Phrase[];
}

export function queryOf(text: string): Query {
  const words = fold(text.slice(0, LONGEST_QUERY))
    .split(/\s+/)
    .filter((word) => word !== '');
  const terms = new Map<string, Term>();
  const phrases: Phrase[] = [];
  let left = MOST_TOKENS;
  let counted = 0;
  for (const word of words) {
    if (counted === MOST_WORDS || left === 0) break;
    const tokens = tokensOf(word).slice(0, left);
    if (tokens.length === 0) continue;
    counted++;
    left -= tokens.length;
    const phrase = { tokens, beginning: word.endsWith('*') || mayGoOn(tokens.at(-1)!) };
    const wanted = termsIn(phrase);
    for (const term of wanted) terms.set(`${term.text} ${term.beginning}`, term);
    if (wanted.length > 1) phrases.push(phrase);
  }
  return { terms: [...terms.values()], phrases };
}

/** Whether a message that has all the terms fits: whether it has the phrases. */
export function matches({ phrases }: Query, tokens: readonly Token[]): boolean {
  return phrases.every((phrase) => tokens.some((_, from) => isAt(phrase, tokens, from)));
}

/** Shorter beginnings of words are those of too many others; in alphabets a letter says less than in other scripts. */
const ALPHABETIC =
  /^[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Armenian}\p{sc=Georgian}\p{sc=Hebrew}\p{sc=Arabic}]/u;

function mayGoOn({ kind, text }: Token): boolean {
  if (kind === 'letter') return true;
  if (kind === 'sign') return false;
  return [...text].length >= (kind === 'number' || ALPHABETIC.test(text) ? 3 : 2);
}

function termsIn({ tokens, beginning }: Phrase): Term[] {
  const terms: Term[] = [];
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    const isLast = (of: number) => beginning && of === tokens.length - 1;
    if (token.joined && next) {
      terms.push({ text: token.text + next.text, beginning: isLast(index + 1) });
    } else if (!tokens[index - 1]?.joined) {
      // A single letter begins the terms that it and what is behind it make.
      terms.push({ text: formsOf(token)[0]!, beginning: token.kind === 'letter' || isLast(index) });
    }
  }
  return terms;
}

function isAt({ tokens: wanted, beginning }: Phrase, tokens: readonly Token[], from: number): boolean {
  return wanted.every((one, index) => {
    const token = tokens[from + index];
    if (!token) return false;
    const [text] = formsOf(one);
    const goesOn = beginning && index === wanted.length - 1;
    return formsOf(token).some((form) => form === text || (goesOn && form.startsWith(text!)));
  });
}
