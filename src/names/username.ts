const LONGEST_CODE_POINTS = 32;
const LONGEST_BYTES = 96;

/** A name's parts, between which there is one `.`, `_` or `-`: letters with their marks, and digits. */
const SHAPE = /^\p{L}[\p{L}\p{M}0-9]*(?:[._-][\p{L}0-9][\p{L}\p{M}0-9]*)*$/u;

/**
 * The scripts that people write today (UAX #31, "Recommended Scripts"), those that one language mixes together. Of Latin the
 * letters of today's languages: those of phonetics and of old ones look like others.
 */
const WRITING = [
  String.raw`A-Za-z\u00c0-\u017fƏəƠơƯư\u01cd-\u01dc\u01e6-\u01ed\u01f4\u01f5\u01f8-\u021b\u0226-\u0233\u1e00-\u1e9b\u1e9e\u1ea0-\u1ef9`,
  ...[
    ['Cyrillic'],
    ['Greek'],
    ['Han', 'Hiragana', 'Katakana'],
    ['Han', 'Hangul'],
    ['Han', 'Bopomofo'],
    ['Arabic'],
    ['Armenian'],
    ['Bengali'],
    ['Devanagari'],
    ['Ethiopic'],
    ['Georgian'],
    ['Gujarati'],
    ['Gurmukhi'],
    ['Hebrew'],
    ['Kannada'],
    ['Khmer'],
    ['Lao'],
    ['Malayalam'],
    ['Myanmar'],
    ['Oriya'],
    ['Sinhala'],
    ['Tamil'],
    ['Telugu'],
    ['Thaana'],
    ['Thai'],
    ['Tibetan'],
  ].map((scripts) => scripts.map((script) => String.raw`\p{Script_Extensions=${script}}`).join('')),
].map((letters) => new RegExp(`^[${letters}0-9._-]+$`, 'u'));

const [LATIN] = WRITING;

/**
 * Whether a stranger may register this name, if nobody has it: letters of one script, digits 0 to 9 and single dots, dashes or
 * underscores between them, in their one form (NFC and NFKC); at most 32 code points and 96 bytes of UTF-8. Capitals of other scripts than Latin may look like other letters than their small ones (Η, Ν), so there are none.
 */
export function mayRegister(username: string): boolean {
  // First what keeps everything behind it short.
  if (Buffer.byteLength(username) > LONGEST_BYTES || [...username].length > LONGEST_CODE_POINTS) return false;
  if (!SHAPE.test(username) || username !== username.normalize('NFKC')) return false;
  if (LATIN!.test(username)) return true;
  return username === username.toLowerCase() && WRITING.some((script) => script.test(username));
}
