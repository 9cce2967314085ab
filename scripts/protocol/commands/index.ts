import * as z from 'zod';
import type { CommandNotes } from '../notes.ts';
import { holding } from '../shape.ts';
import { accounts } from './accounts.ts';
import { blocks } from './blocks.ts';
import { groups } from './groups.ts';
import { messages } from './messages.ts';
import { sessions } from './sessions.ts';

const listening: Readonly<Record<string, CommandNotes>> = {
  listen: {
    reply: holding({
      messages: z.literal('Listening').describe('says what was done'),
      since: z.int().min(0).meta({ title: 'number' }).describe('events come for what is behind this number'),
      incarnation: z
        .string()
        .regex(/^[\w.-]+$/)
        .meta({ title: 'word' })
        .describe('belongs to this number and to those of the events: to be given back with one of them'),
      sure: z
        .optional(z.literal(false))
        .describe(
          'there only when the server cannot tell whether something was missed: look through `history`',
        ),
    }),
    notes: [
      'Without `since` from now on. With `since` and the `incarnation` of the reply that came before it, `since` in this reply is the right one also when the server has another database now, as after a backup was restored: what was heard of that one is not told again, and nothing is left out. Without `incarnation` a number beyond the last that was given counts as the last.',
      'A connection listens for one user at a time: the last `listen` on it holds. See [Events](#events).',
    ],
  },
};

/** What the document says of each command, by its name. */
export const notes: Readonly<Record<string, CommandNotes>> = {
  ...sessions,
  ...messages,
  ...listening,
  ...groups,
  ...blocks,
  ...accounts,
};
