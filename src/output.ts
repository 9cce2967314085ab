import { printable } from './printable.ts';

/** Several lines made harmless. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** Prints lines on stdout, made harmless: what strangers wrote in them must not hold line ends of its own. */
export function say(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

/** Says in a line on stderr what is wrong. */
export function complain(sentence: string): void {
  process.stderr.write(`benang: ${printable(sentence)}\n`);
}
