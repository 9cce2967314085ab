/** What a terminal shows two columns wide (Unicode's East Asian Width W and F, roughly, and emoji). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
/** What stands in the column of the letter before it. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** More marks than any language puts on a letter, which spread over the lines beside. */
const STACK = /(\p{M}{4})\p{M}+/gu;

const widthOf = (letter: string): number => (NONE.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1);

/** How many columns a printable text takes on a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const letter of text) columns += widthOf(letter);
  return columns;
}

/** A printable text in at most so many columns, the rest left out. */
export function cutTo(text: string, columns: number): string {
  const tame = text.replace(STACK, '$1');
  if (columnsOf(tame) <= columns) return tame;
  let [shown, room] = ['', columns - 1];
  for (const letter of tame) {
    room -= widthOf(letter);
    if (room < 0) break;
    shown += letter;
  }
  return `${shown}…`;
}

/** So many columns wide at least; to the right when the number is negative. */
export function pad(text: string, columns: number): string {
  const room = ' '.repeat(Math.max(0, Math.abs(columns) - columnsOf(text)));
  return columns < 0 ? `${room}${text}` : `${text}${room}`;
}

/** Rows in columns beneath their heads, ready to print; the last column is of numbers, which stand to the right. */
export function inColumns(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => columnsOf(row[column]!))));
  const last = heads.length - 1;
  return all.map((row) =>
    row.map((cell, column) => pad(cell, column === last ? -widths[last]! : widths[column]!)).join('  '),
  );
}
