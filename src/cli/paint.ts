import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
/** Gives a text its looks, where a terminal shows them. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a terminal that has them, and for people who want them (NO_COLOR, FORCE_COLOR). */
export const paintFor =
  (stream: NodeJS.WritableStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream });

/** Told apart on light and dark backgrounds; red is left to errors. */
const NAME_COLOURS = [
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'greenBright',
  'yellowBright',
  'blueBright',
  'magentaBright',
  'cyanBright',
] as const;

/** A name's colour: everywhere and always the same. */
export function nameColour(name: string): (typeof NAME_COLOURS)[number] {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return NAME_COLOURS[(hash >>> 0) % NAME_COLOURS.length]!;
}
