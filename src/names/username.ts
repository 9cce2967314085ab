import { isOfOneScript } from './scripts.ts';

const LONGEST_CODE_POINTS = 32;
const LONGEST_BYTES = 96;

/** A name's parts, between which there is one `.`, `_` or `-`: letters with their marks, and digits. */
const SHAPE = /^\p{L}[\p{L}\p{M}0-9]*(?:[._-][\p{L}0-9][\p{L}\p{M}0-9]*)*$/u;

/**
 * Whether a stranger may register this name, if nobody has it: letters of one script, digits 0 to 9 and single dots, dashes or
 * underscores between them, in their one form (NFC and NFKC); at most 32 code points and 96 bytes of UTF-8.
 */
export function mayRegister(username: string): boolean {
  // First what keeps everything behind it short.
  if (Buffer.byteLength(username) > LONGEST_BYTES || [...username].length > LONGEST_CODE_POINTS) return false;
  return SHAPE.test(username) && username === username.normalize('NFKC') && isOfOneScript(username);
}
