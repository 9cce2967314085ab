/**
 * How far a listener has come: the number of the last event, and the incarnation of the server's database that has given it, which the
 * server tells (undefined: it is not known, or an earlier server). Numbers may be given again when a backup is restored.
 */
export interface Place {
  readonly number: number;
  readonly incarnation: string | undefined;
}

const NUMBER = /^\d{1,15}$/;
/** As a server may send it: it stands in requests as one word. */
export const INCARNATION = /^[\w.-]{1,2000}$/;

/** What stands for it in a request to listen. */
export const wordsOf = ({ number, incarnation }: Place): readonly string[] => [
  'since',
  String(number),
  ...(incarnation === undefined ? [] : ['incarnation', incarnation]),
];

/** For a program to keep. */
export const positionOf = ({ number, incarnation }: Place): string =>
  incarnation === undefined ? String(number) : `${number}.${incarnation}`;

/** What `positionOf` has made, or a number alone; undefined when it is neither. */
export function placeOf(position: unknown): Place | undefined {
  if (typeof position === 'number') {
    const isWhole = Number.isSafeInteger(position) && position >= 0;
    return isWhole ? { number: position, incarnation: undefined } : undefined;
  }
  if (typeof position !== 'string') return undefined;
  // A program that keeps it in a file may have ended the line.
  const text = position.trim();
  const dot = text.indexOf('.');
  const number = dot < 0 ? text : text.slice(0, dot);
  const incarnation = dot < 0 ? undefined : text.slice(dot + 1);
  if (!NUMBER.test(number) || (incarnation !== undefined && !INCARNATION.test(incarnation))) return undefined;
  return { number: Number(number), incarnation };
}

export const isSamePlace = (one: Place | undefined, other: Place): boolean =>
  one?.number === other.number && one.incarnation === other.incarnation;
