/** Characters that would move a cursor, colour a screen, end a line or turn its direction. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;
/** Those, and whatever cannot be seen; U+2800 is a blank among the Braille. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

const escaped = (letter: string): string =>
  letter
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * Text from strangers made harmless for a terminal and a log: such characters become `\uXXXX`. Whatever a server, another user, a file's
 * name or the environment has said goes through this before it is shown. Of JSON it makes JSON that says the same.
 */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** The same for a name, of a user or a group, which people know each other by: two that differ are not shown alike for what is unseen in one. */
export const printableName = (name: string): string => name.replace(UNSEEN, escaped);
