import * as z from 'zod';
import type { CommandNotes } from '../notes.ts';
import { by, flag, holding, text, time, username, uuid } from '../shape.ts';

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
    }),
    notes: [
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
