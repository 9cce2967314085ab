import * as z from 'zod';
import { MOST_OF_ONE_USER, MOST_ON_A_PAGE } from '../../../src/server/online-table.ts';
import { MOST_ONLINE_HERE } from '../../../src/server/served-connection.ts';
import type { CommandNotes } from '../notes.ts';
import { by, count, crowded, flag, holding, text, time, username, uuid } from '../shape.ts';

const person = z.strictObject({
  nama: text.describe('the full name'),
  negara: text.describe('the country'),
});

export const sessions: Readonly<Record<string, CommandNotes>> = {
  auth: {
    reply: holding({ tokenid: uuid.describe('the token of a new session') }),
    refusals: [
      'noSuchUser',
      'wrongPassword',
      'disabled',
      'tooManySessions',
      'tooManyFailures',
      'tooManyLogins',
    ],
    notes: [
      'Each login is a session of its own, with its own token; a token is good on any connection. A connection may log in as often as it likes, as different users as well.',
    ],
  },
  online: {
    reply: holding({
      messages: by(
        uuid.meta({ title: 'session' }),
        z.strictObject({
          username: username.describe('who it is'),
          userdetail: person.describe('the person'),
        }),
      ).describe('the sessions that have a live connection, by their public id, which is not the token'),
      more: count
        .meta({ description: 'how many come behind these; only when there are some', ...crowded })
        .optional(),
      next: count.meta({ description: 'the N for those; only when there are some', ...crowded }).optional(),
    }),
    notes: [
      `When there are many a reply shows ${MOST_ON_A_PAGE}, or fewer when names are long; \`online TOKEN after N\` shows those behind it. Of one user ${MOST_OF_ONE_USER} are shown at the most, and one connection can keep ${MOST_ONLINE_HERE} online: with a further token on it the one that came first goes.`,
      'Without a token, as old clients ask, it answers on a connection that has logged in. A session has a live connection when one that is open has logged in to it or used its token.',
    ],
  },
  logout: {
    reply: holding({ messages: z.literal('Logged out successfully').describe('says what was done') }),
    refusals: ['noSuchSession'],
    notes: [
      'With a SESSION another one of the user ends, or with `all` every one. Connections that listen with a session that ends are told `dropped`.',
    ],
  },
  sessions: {
    reply: holding({
      messages: by(
        uuid.meta({ title: 'session' }),
        z.strictObject({
          started_at: z.nullable(time).describe('when it started; null when that was not noted yet'),
          used_at: time.describe('when its token was last used'),
          connected: flag.describe('whether it has a live connection'),
          current: flag.describe("whether it is this token's own"),
        }),
      ).describe('by public id, in order of login'),
    }),
    notes: ['Of more than 200 sessions it shows the 200 that were used last.'],
  },
};
