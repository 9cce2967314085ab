import * as z from 'zod';
import { MOST_LISTED, ORDINARY_LIMIT } from '../../../src/commands/history.ts';
import { LONGEST_KEY } from '../../../src/commands/post.ts';
import { FEW_COUNTED, MOST_COUNTED, MOST_COUNTED_TOGETHER } from '../../../src/store/conversations.ts';
import { MOST_GONE_KEYS } from '../../../src/store/keys.ts';
import { MOST_UNITS } from '../../../src/words/fold.ts';
import { MOST_WORDS } from '../../../src/words/query.ts';
import type { CommandNotes } from '../notes.ts';
import { by, count, group, holding, number, said, text, time, username } from '../shape.ts';

/** How far unread messages of groups are counted, behind the word for them. */
export const countedInGroups = `counting ends at ${MOST_COUNTED}, and at ${FEW_COUNTED} once ${MOST_COUNTED_TOGETHER} were counted in the groups before`;

/** A message as replies list it. */
const message = {
  id: number.describe("the message's number"),
  from: username.describe('who sent it'),
  to: z.nullable(username).describe('to whom; null when it was sent to a group'),
  group: z.nullable(group).describe('to which group, without `#`; null when it was sent to a user'),
  msg: text.describe('the text; empty when it was deleted'),
  sent_at: time.describe('when it was sent'),
  read_at: z.nullable(time).describe('when its recipient read it; in a group always null'),
  edited_at: z.nullable(time).describe('when it was given its text, if that is not the first'),
  deleted_at: z.nullable(time).describe('when it was deleted'),
};

const list = holding({ messages: z.array(z.strictObject(message)).describe('oldest first') });

export const shortMessage = z.strictObject({
  msg_from: text.describe("the sender's full name"),
  msg_to: text.describe("the recipient's full name; in a group the group's"),
  msg: text.describe('the text'),
});

export const messages: Readonly<Record<string, CommandNotes>> = {
  send: {
    reply: said('Message Sent'),
    refusals: ['noSuchRecipient', 'inboxFull'],
    notes: ['OK comes when the message would survive a power cut.'],
  },
  inbox: {
    reply: holding({
      messages: by(username, z.array(shortMessage)).describe(
        'by sender, in the order of the first message that each ever sent; oldest message first',
      ),
    }),
    notes: [
      'Whoever has ever sent something is listed, with an empty list when nothing new came from there. What the reply holds is read once the client shows that it has it: by its next request on the connection, or by closing in order (under TLS only by the next request). Until then other connections get it too.',
      'When very much is unread the reply has the first of it, and the next `inbox` the rest.',
    ],
  },
  post: {
    reply: said('Message Sent').extend({ id: number.describe("the message's number") }),
    refusals: ['noSuchRecipient', 'inboxFull', 'noSuchGroup', 'notMember', 'tooMuchUnread', 'badKey'],
    notes: [
      `The key is any word that the sender has not used before, of up to ${LONGEST_KEY} characters. A client that did not get the reply asks again with the same one, on any connection, and the message is there once.`,
      `A key is remembered as long as its message; of messages that the server has deleted (for their age, or with their recipient or group) the keys of each user's last ${MOST_GONE_KEYS}.`,
    ],
  },
  status: {
    reply: holding({
      messages: z.strictObject({
        state: z.enum(['stored', 'delivered', 'read', 'deleted']).describe('how far it has got'),
        members: z.optional(count).describe('in a group: how many others it went to'),
        delivered: z.optional(count).describe('in a group: to how many it was delivered'),
        read: z.optional(count).describe('in a group: how many have read it'),
        ...message,
      }),
    }),
    refusals: ['noSuchMessage'],
    notes: [
      "*Delivered* is what was handed to a connection of the recipient's that listens; *read* is what `ack` or `inbox` say. In a group it is delivered, or read, when it is by all.",
    ],
  },
  ack: {
    reply: said('Messages Read'),
    refusals: ['noSuchRecipient', 'noSuchGroup', 'notMember'],
    notes: ['What was read does not come in `inbox` any more. Whoever sent it hears of it as `read`.'],
  },
  edit: {
    reply: said('Message Edited'),
    refusals: ['noSuchMessage', 'inboxFull', 'tooMuchUnread'],
  },
  delete: {
    reply: said('Message Deleted'),
    refusals: ['noSuchMessage'],
    notes: ['It counts as read from then on.'],
  },
  history: {
    reply: list,
    refusals: ['noSuchRecipient', 'noSuchGroup', 'notMember'],
    notes: [
      `Without \`limit\` at most ${ORDINARY_LIMIT}, with it at most ${MOST_LISTED}. Reading marks nothing as read. Of a group one sees what came after one joined.`,
      'What a user has sent who was removed since is still there: `chats` counts it, `history` shows it and `ack … with` takes that name. Sending there is refused.',
      'With `before` and the smallest number of a reply one gets what is older. When the texts are very long there are fewer of them: the newest.',
    ],
  },
  search: {
    reply: list.extend({
      not_searched: count.describe('0, or the number up to which messages were not looked at'),
    }),
    notes: [
      `The last ${ORDINARY_LIMIT}; fewer when the texts are very long. The first ${MOST_WORDS} words count, and of a message the first ${MOST_UNITS} characters.`,
      'A word finds itself and what begins with it (`makan` finds makanan), whatever the case, accents or width of the letters; one of one or two letters, or of one or two digits, only itself, unless a `*` is behind it. In scripts without spaces between words anything is found inside (東京 in 東京都). What has signs inside, as `2026-05` or `budi@contoh.co.id`, is found with whatever signs or spaces between its parts.',
      'A server that was just brought from an older version makes the words of old messages searchable little by little, the newest first, and says so (`not_searched`); so does a search that has looked at half a million messages.',
    ],
  },
  chats: {
    reply: holding({
      messages: by(
        username.meta({ title: 'with' }),
        z.strictObject({
          unread: count.describe(`unread messages; in a group ${countedInGroups}`),
          members: z.optional(count).describe('of a group only'),
        }),
      ).describe("by username, then by `#` and the group's name, each in alphabetical order"),
    }),
  },
};
