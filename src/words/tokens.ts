import { MOST_UNITS } from './fold.ts';

/** What a longer word begins with stands for it (UTF-16 units). */
export const LONGEST = 64;

/**
 * What a folded text consists of (see fold): a word, a number, a sign such as an emoji, or, in a script that puts no spaces between words,
 * a letter with what belongs to it. A word can have apostrophes inside; they are `'` then.
 */
export interface Token {
  readonly kind: 'word' | 'number' | 'sign' | 'letter';
  readonly text: string;
  /** A letter, and the next token is another one of the same run. */
  readonly joined: boolean;
}

const UNSPACED =
  '[[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}ー\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Javanese}\\p{sc=Balinese}]&&[\\p{L}\\p{N}]]';
/** Some of these look like letters to Unicode. */
const APOSTROPHES = "['’‘ʼʻ`´′]";
const SPACED = `[\\p{L}--${UNSPACED}--${APOSTROPHES}]`;
const WORD = `${SPACED}[${SPACED}\\p{M}]*`;
const RUNS = new RegExp(
  `${WORD}(?:${APOSTROPHES}${WORD})*|${UNSPACED}[${UNSPACED}\\p{M}]*|[\\p{N}--${UNSPACED}]+|\\p{RI}\\p{RI}|\\p{Extended_Pictographic}`,
  'gv',
);
/** Behind one of these a consonant stands below another one, and belongs to it. */
const STACKERS = '\\u1039\\u17d2\\u1a60\\u1b44\\ua9c0';
const HAS_STACKS = new RegExp(`[${STACKERS}]`);
const LETTERS = /.\p{M}*/gsu;
const STACKS = new RegExp(`.(?:\\p{M}|(?<=[${STACKERS}]).)*`, 'gsu');
const BEGINS_UNSPACED = new RegExp(`^${UNSPACED}`, 'v');
const BEGINS_WORD = /^\p{L}/u;
const BEGINS_NUMBER = /^\p{N}/u;
const APOSTROPHE = new RegExp(APOSTROPHES, 'g');
const PLAIN = /^[a-z]+$/;

export function tokensOf(folded: string): Token[] {
  const tokens: Token[] = [];
  for (const run of folded.slice(0, MOST_UNITS).match(RUNS) ?? []) {
    if (PLAIN.test(run)) add('word', run);
    else if (BEGINS_UNSPACED.test(run)) {
      const letters = run.match(HAS_STACKS.test(run) ? STACKS : LETTERS)!;
      for (const [index, letter] of letters.entries()) add('letter', letter, index < letters.length - 1);
    } else if (BEGINS_WORD.test(run)) add('word', run.replace(APOSTROPHE, "'"));
    else add(BEGINS_NUMBER.test(run) ? 'number' : 'sign', run);
  }
  return tokens;

  function add(kind: Token['kind'], text: string, joined = false): void {
    tokens.push({ kind, text: text.length > LONGEST ? cut(text) : text, joined });
  }
}

/**
 * How a token can be asked for. With apostrophes it is one word (`ma'af`, maaf), but what is behind one may be a word of its own (`l'acqua`).
 */
export function formsOf({ text }: Token): string[] {
  if (!text.includes("'")) return [text];
  const parts = text.split("'");
  return parts.map((_, index) => parts.slice(index).join(''));
}

/** What a message is found by, each once: of words all forms; of a script without spaces each letter with the one behind it. */
export function termsOf(tokens: readonly Token[]): Set<string> {
  const terms = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (token.joined && index + 1 < tokens.length) terms.add(token.text + tokens[index + 1]!.text);
    else if (token.text.includes("'")) for (const form of formsOf(token)) terms.add(form);
    else terms.add(token.text);
  }
  return terms;
}

/** Not in the middle of a letter. */
const cut = (text: string): string => text.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '');
