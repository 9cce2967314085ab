import { confusables } from './confusables.ts';

/**
 * Accents, and what cannot be seen at all. Other scripts' marks are vowels and tones, without which a name is another one (रमा, राम);
 * so are the two that make sounds of kana soft, though they belong to no script (か, が).
 */
const ACCENTS = String.raw`[\p{M}&&[\p{Script=Inherited}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]]`;
const UNSEEN = new RegExp(
  String.raw`[[${ACCENTS}\p{Cf}\p{Default_Ignorable_Code_Point}]--[\u3099\u309a]]`,
  'gv',
);

/** The same mark again is drawn over the first. */
const AGAIN = /(\p{M})\1+/gu;

/**
 * What a user's or a group's name looks like: two names look alike when their skeletons are equal. Made in the manner of UTS #39 ("Confusable
 * Detection"), but that upper case and accents do not count either: the letters' compatible forms, without accents, in lower case, each
 * replaced by what it looks like. A skeleton is for comparing only, and may be empty.
 */
export function skeletonOf(name: string): string {
  // Upper case between, for some letters (ß, ſ, ς) are in lower case already and still have another one.
  const folded = bare(bare(name).toLowerCase().toUpperCase().toLowerCase());
  return [...folded].map((letter) => confusables.get(letter) ?? letter).join('');
}

const bare = (text: string): string => text.normalize('NFKD').replace(UNSEEN, '').replace(AGAIN, '$1');
