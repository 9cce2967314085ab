import * as z from 'zod';
import { MOST_BLOCKED } from '../../../src/store/conversation-store.ts';
import type { CommandNotes } from '../notes.ts';
import { holding, said, username } from '../shape.ts';

export const blocks: Readonly<Record<string, CommandNotes>> = {
  block: {
    reply: said('User Blocked'),
    refusals: ['noSuchRecipient', 'tooManyBlocked'],
    notes: [
      `Direct messages only: what a blocked user sends to a group that both are in is seen. One user can block ${MOST_BLOCKED} others.`,
      'Whoever is blocked finds what others find: their messages are delivered when others would be, and read with all others up to their number or with `ack … with`; the inbox is as full for them as if it held what they sent, which takes no room from others.',
    ],
  },
  unblock: {
    reply: said('User Unblocked'),
    refusals: ['noSuchRecipient'],
    notes: ['What came meanwhile stays hidden.'],
  },
  blocks: {
    reply: holding({ messages: z.array(username).describe('in alphabetical order') }),
  },
};
