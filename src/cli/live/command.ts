import { printable } from '../../printable.ts';
import type { Outcome } from '../session.ts';
import type { Lines } from './lines.ts';
import type { Live } from './live.ts';

/** What a command has to work with. `words` are those behind its name; `rest(n)` is the line behind the first n of them. */
export interface Typed {
  readonly live: Live;
  readonly lines: Lines;
  readonly words: readonly string[];
  readonly rest: (behind: number) => string;
  /** The open conversation. */
  readonly here: string | undefined;
}

export interface LiveCommand {
  readonly usage: string;
  readonly help: string;
  /** How many words it needs: outside of a conversation, and in one. */
  readonly least: number;
  readonly leastHere?: number;
  run(typed: Typed): Promise<Outcome>;
}

export const done = (text: string, data: unknown = text): Outcome => ({
  ok: true,
  text,
  reply: printable(JSON.stringify({ status: 'OK', messages: data })),
});

export const groupName = (word: string): string => word.replace(/^#/, '');
