/** Instead of a place in a line: there is none. As `indexOf` says it. */
export const NO_CUT = -1;

const SPACE = 0x20;

/*
 * A message as it was typed. The original's client puts a second space before a text and one behind it (brief, "Wire protocol"),
 * so one of each is framing. A text goes on to the end of its line.
 */

/** Where the text begins that is framed from `start` on. */
export const textStart = (line: string, start: number): number =>
  line.charCodeAt(start) === SPACE ? start + 1 : start;

/** Where it ends. */
export const textEnd = (line: string, start: number): number => {
  const end = line.length;
  return end > textStart(line, start) && line.charCodeAt(end - 1) === SPACE ? end - 1 : end;
};

/** The inverse, for clients: any text arrives as it is, spaces at its ends included. */
export const frameText = (text: string): string => ` ${text} `;
