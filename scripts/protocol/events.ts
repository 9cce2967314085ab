import * as z from 'zod';
import type { ServerEvent } from '../../src/protocol/event.ts';
import { flag, group, number, text, time, username } from './shape.ts';

type EventName = ServerEvent['event'];
type EventNamed<N extends EventName> = Extract<ServerEvent, { event: N }>;

export interface EventNotes<E = ServerEvent> {
  readonly when: string;
  /** Whether it has a number of its own, so that it is caught up with. */
  readonly kept: boolean;
  readonly fields: z.ZodType<E>;
}

const parties = {
  from: username.describe('who sent the message'),
  to: z.nullable(username).describe('to whom; null when it was sent to a group'),
  group: z.nullable(group).describe('to which group, without `#`; null when it was sent to a user'),
};
const change = {
  id: number.describe('the number of the change'),
  message: number.describe('the number of the message'),
  ...parties,
};

export const events: { readonly [N in EventName]: EventNotes<EventNamed<N>> } = {
  message: {
    when: 'a message came, directly or to a group that one is a member of',
    kept: true,
    fields: z.strictObject({
      event: z.literal('message'),
      id: number.describe("the message's number"),
      ...parties,
      msg: text.describe('the text, as it is now'),
      sent_at: time.describe('when it was sent'),
    }),
  },
  edited: {
    when: 'a message has another text',
    kept: true,
    fields: z.strictObject({
      event: z.literal('edited'),
      ...change,
      msg: text.describe('the text, as it is now'),
      edited_at: time.describe('when it was given it'),
    }),
  },
  deleted: {
    when: 'a message was taken back',
    kept: true,
    fields: z.strictObject({
      event: z.literal('deleted'),
      ...change,
      deleted_at: time.describe('when'),
    }),
  },
  read: {
    when: 'somebody has read what one sent them directly',
    kept: false,
    fields: z.strictObject({
      event: z.literal('read'),
      by: username.describe('who'),
      upto: number.describe('the number of the last message that they have read'),
      read_at: time.describe('when'),
    }),
  },
  presence: {
    when: "a user's first session with a live connection came, or the last one went",
    kept: false,
    fields: z.strictObject({
      event: z.literal('presence'),
      username: username.describe('who'),
      online: flag.describe('whether they are there now'),
    }),
  },
  dropped: {
    when: "the connection listens no more: it took events too slowly, its session has ended, or the server's disk failed",
    kept: false,
    fields: z.strictObject({
      event: z.literal('dropped'),
      since: z
        .int()
        .min(0)
        .meta({ title: 'number' })
        .describe('go on with `listen TOKEN since` this number; nothing is missed then'),
    }),
  },
};
