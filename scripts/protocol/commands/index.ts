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
    }),
    notes: [
      'Without `since` from now on. A number beyond the last that was given, as after an older backup was restored, counts as the last.',
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
