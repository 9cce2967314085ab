/**
 * Letters that look like others: for each the one, or the few, that all of them stand for. It is a small part of the table of
 * UTS #39 ("confusables.txt"): lower-case letters of the scripts that a username may have, as a chat's typeface shows them, and
 * somewhat stricter (п is n). That table's thousands of entries are for symbols and ancient scripts, which no username has.
 *
 * What stands on the right is on no left, so a skeleton is its own skeleton.
 */
const groups: Readonly<Record<string, string>> = {
  // Latin and digits. i and I are l for the sake of the latter.
  o: '0øɵ',
  l: '1iıłƚǀ|',
  rn: 'm',
  vv: 'w',
  ae: 'æ',
  oe: 'œ',
  a: 'ɑ',
  b: 'ƀɓ',
  d: 'đðɖɗ',
  e: 'əǝɇɛ',
  f: 'ƒ',
  g: 'ɡǥɠ',
  h: 'ħɦ',
  j: 'ȷɉ',
  k: 'ĸƙ',
  n: 'ŋƞɲ',
  p: 'þƥ',
  r: 'ɍɼ',
  t: 'ŧƭʈ',
  u: 'ʉʊʋ',
  y: 'ɏƴɣ',
  z: 'ƶȥʐ',
};

const across: Readonly<Record<string, string>> = {
  // Cyrillic, Greek, Armenian, Georgian, Hebrew, Arabic, and scripts of the south with a ring.
  a: 'аӕα',
  b: 'вьъβҍ',
  bl: 'ы',
  c: 'с',
  d: 'ԁ',
  e: 'еєэҽε',
  f: 'ғϝ',
  g: 'ցց',
  h: 'нһհ',
  j: 'јյ',
  k: 'кқκҡ',
  l: 'іӏιاןוլ',
  rn: 'м',
  n: 'пηոռ',
  // Both small sigmas: which of them a capital one becomes depends on its neighbours.
  o: 'оοσςօסهഠଠဝ',
  p: 'рρ',
  q: 'ԛզ',
  r: 'гґ',
  s: 'ѕ',
  t: 'тτ',
  u: 'υսμц',
  v: 'νѵט',
  vv: 'ԝшωѡ',
  x: 'хχ',
  y: 'уүұγყ',
  z: 'ζ',
};

const others: Readonly<Record<string, string>> = {
  з: '3ӡʒзɜ',
  ф: 'φ',
  л: 'λ',
  // Katakana and hiragana.
  一: 'ー',
  二: 'ニ',
  八: 'ハ',
  力: 'カ',
  口: 'ロ',
  卜: 'ト',
  夕: 'タ',
  工: 'エ',
  三: 'ミ',
  千: 'チ',
  才: 'オ',
  へ: 'ヘ',
  り: 'リ',
};

/** By letter. */
export const confusables: ReadonlyMap<string, string> = new Map(
  [groups, across, others].flatMap((table) =>
    Object.entries(table).flatMap(([looks, letters]) =>
      [...letters].filter((letter) => letter !== looks).map((letter) => [letter, looks] as const),
    ),
  ),
);
