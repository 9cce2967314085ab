import { isOfOneScript, mixesWithLatin } from './scripts.ts';

const LONGEST_CODE_POINTS = 64;
const LONGEST_BYTES = 192;

/** As a username's, but that a digit may come first. */
const SHAPE = /^[\p{L}0-9][\p{L}\p{M}0-9]*(?:[._-][\p{L}0-9][\p{L}\p{M}0-9]*)*$/u;

/**
 * Whether a new group may have this name: what may be registered as a username, twice as long, and besides with a digit first (`7a`) or
 * with Latin letters beside Chinese, Japanese or Korean ones (`JS勉強会`).
 */
export function mayNameGroup(name: string): boolean {
  if (Buffer.byteLength(name) > LONGEST_BYTES || [...name].length > LONGEST_CODE_POINTS) return false;
  return SHAPE.test(name) && name === name.normalize('NFKC') && (isOfOneScript(name) || mixesWithLatin(name));
}
