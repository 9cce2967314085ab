import { confusables } from './confusables.ts';

/** Marks above and below letters, and what cannot be seen at all. */
const UNSEEN = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * What a username looks like: two names look alike when their skeletons are equal. Made in the manner of UTS #39 ("Confusable
 * Detection"), but that upper case and marks do not count either: the letters' compatible forms, without marks, in lower case, each
 * replaced by what it looks like. A skeleton is for comparing only, and may be empty.
 */
export function skeletonOf(username: string): string {
  // Upper case first, for some letters (ß, ſ, ς) are in lower case already and still have another one.
  const folded = bare(bare(username).toUpperCase().toLowerCase());
  return [...folded].map((letter) => confusables.get(letter) ?? letter).join('');
}

const bare = (text: string): string => text.normalize('NFKD').replace(UNSEEN, '');
