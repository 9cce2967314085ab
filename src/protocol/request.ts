/**
 * Cuts the words behind the command's name off a request line. Words are separated by single spaces, so
 * two spaces have an empty word between them.
 *
 * With `count` parameters there are at most `count` words; further ones are ignored, as the original does,
 * unless the last parameter is a text: that one is the whole rest of the line.
 */
export function cutWords(rest: string | undefined, count: number, endsInText: boolean): string[] {
  const words: string[] = [];
  let left = rest;
  while (left !== undefined && words.length < count) {
    const space = endsInText && words.length === count - 1 ? -1 : left.indexOf(' ');
    words.push(space < 0 ? left : left.slice(0, space));
    left = space < 0 ? undefined : left.slice(space + 1);
  }
  return words;
}

/** Splits a request line into its command's name and what follows the first space, if there is one. */
export function cutCommand(line: string): { name: string; rest: string | undefined } {
  const space = line.indexOf(' ');
  return space < 0
    ? { name: line, rest: undefined }
    : { name: line.slice(0, space), rest: line.slice(space + 1) };
}

/**
 * A message as it was typed. The original's client puts a second space before a text and one behind it
 * (brief, "Wire protocol"), so one of each is framing.
 */
export function unframeText(text: string): string {
  const start = text.startsWith(' ') ? 1 : 0;
  const end = text.length > start && text.endsWith(' ') ? -1 : undefined;
  return text.slice(start, end);
}

/** The inverse of `unframeText`, for clients: any text arrives as it is, spaces at its ends included. */
export const frameText = (text: string): string => ` ${text} `;
