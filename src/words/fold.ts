/** Signs that no reader would type into a search. Those of Indic scripts, of Thai and of kana are none: they make other words. */
const UNSPOKEN = {
  format: '\\p{Cf}',
  accents: '\\u0300-\\u036f\\u0483-\\u0487\\u1ab0-\\u1aff\\u1dc0-\\u1dff',
  hebrew: '\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7',
  arabic:
    '\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed',
  keycaps: '\\u20d0-\\u20ff',
  variants: '\\ufe00-\\ufe0f',
  skinTones: '\\u{1f3fb}-\\u{1f3ff}',
};
const MARKS = new RegExp(`[${Object.values(UNSPOKEN).join('')}]+`, 'gu');

/** Letters that Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ø: 'o',
  ħ: 'h',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ς: 'σ',
  ך: 'כ',
  ם: 'מ',
  ן: 'נ',
  ף: 'פ',
  ץ: 'צ',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
  ہ: 'ه',
  ھ: 'ه',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/** Of each script that has digits of its own, the zero. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
  0x1040, 0x17e0, 0x1810, 0xa9d0, 0x1b50,
];
const DIGIT = new RegExp(`[${ZEROS.map((zero) => String.fromCharCode(zero, 0x2d, zero + 9)).join('')}]`, 'g');

/** So much of a text is looked at (UTF-16 units): a millisecond or two. */
export const MOST_UNITS = 8 * 1024;

/** Nothing of plain ASCII is any of that. */
const PLAIN = /^[\0-\x7f]*$/;

/**
 * What would make normalizing slow: marks on one letter, whose order takes the square of their number, beyond any that is written; and the
 * two honorifics that become a sentence each.
 */
const ENDLESS = /(?<=\p{M}{16})\p{M}+|[\ufdfa\ufdfb]/gu;

/**
 * The text, or the first part of it, as it is compared: what people take for the same when they look for it is the same. Case, accents, width, points and the ways
 * of writing a letter are gone; which script it is, vowel signs and the order of letters stay. Has no upper-case letters.
 */
export function fold(whole: string): string {
  const text = whole.slice(0, MOST_UNITS);
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .replace(MARKS, '')
    .replace(ENDLESS, ' ')
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(LETTER, (letter) => LETTERS[letter]!)
    .replace(DIGIT, digit)
    .normalize('NFC');
}

function digit(digit: string): string {
  const code = digit.charCodeAt(0);
  return String(code - ZEROS.findLast((zero) => zero <= code)!);
}
