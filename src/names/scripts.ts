const LATIN_LETTERS = String.raw`A-Za-z\u00c0-\u017fƏəƠơƯư\u01cd-\u01dc\u01e6-\u01ed\u01f4\u01f5\u01f8-\u021b\u0226-\u0233\u1e00-\u1e9b\u1e9e\u1ea0-\u1ef9`;

/** Those that one language mixes together. */
const EAST_ASIAN = [
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
  ['Han', 'Bopomofo'],
];

const OTHERS = [
  'Cyrillic',
  'Greek',
  'Arabic',
  'Armenian',
  'Bengali',
  'Devanagari',
  'Ethiopic',
  'Georgian',
  'Gujarati',
  'Gurmukhi',
  'Hebrew',
  'Kannada',
  'Khmer',
  'Lao',
  'Malayalam',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
  'Thaana',
  'Thai',
  'Tibetan',
];

/**
 * Tells what is made of some letters, digits 0 to 9, dots, dashes and underscores. The expressions are made when they are needed: all of
 * them take a millisecond or two, and every connection's thread loads this file without ever needing them.
 */
function madeOf(letters: string): (word: string) => boolean {
  let expression: RegExp | undefined;
  return (word) => {
    expression ??= new RegExp(`^[${letters}0-9._-]+$`, 'u');
    return expression.test(word);
  };
}
const lettersOf = (scripts: readonly string[]): string =>
  scripts.map((script) => String.raw`\p{Script_Extensions=${script}}`).join('');

const isLatin = madeOf(LATIN_LETTERS);
const WITHOUT_LATIN = [...EAST_ASIAN, ...OTHERS.map((script) => [script])].map((scripts) =>
  madeOf(lettersOf(scripts)),
);
const WITH_LATIN = EAST_ASIAN.map((scripts) => madeOf(LATIN_LETTERS + lettersOf(scripts)));

/**
 * Whether a word is made of the letters of one script that people write today (UAX #31, "Recommended Scripts"), digits 0 to 9, dots, dashes
 * and underscores. Of Latin the letters of today's languages: those of phonetics and of old ones look like others. Capitals of other
 * scripts may look like other letters than their small ones (Η, Ν), so there are none.
 */
export const isOfOneScript = (word: string): boolean =>
  isLatin(word) || (word === word.toLowerCase() && WITHOUT_LATIN.some((isMadeOf) => isMadeOf(word)));

/** Whether Latin and one of the scripts of the east, which nobody takes for each other, make up a word together (UTS #39, "Highly Restrictive"). */
export const mixesWithLatin = (word: string): boolean => WITH_LATIN.some((isMadeOf) => isMadeOf(word));
