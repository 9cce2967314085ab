import * as z from 'zod';
import { ORDINARY_GROUPS } from '../../../src/store/sqlite.ts';
import { INBOX_MESSAGES } from '../../../src/store/store.ts';
import type { CommandNotes } from '../notes.ts';
import { by, count, flag, group, holding, said, text, username } from '../shape.ts';
import { countedInGroups, shortMessage } from './messages.ts';

const { members: mostMembers, groups: mostGroups } = ORDINARY_GROUPS;

export const groups: Readonly<Record<string, CommandNotes>> = {
  addgroup: {
    reply: said('Group Added'),
    refusals: ['badGroupName', 'groupTaken', 'groupLooksTaken', 'tooManyGroups', 'tooManyLogins'],
    notes: [
      "Names look alike as those of users do (see `register`): `lab`, `Lab`, `1ab` and `lаb` with a Cyrillic а. That of a user is no matter, for a group's stands behind a `#`. Latin letters may stand beside Chinese, Japanese or Korean ones.",
      `One user can be a member of ${mostGroups} groups, and a group can have ${mostMembers} members.`,
    ],
  },
  joingroup: {
    reply: said('Group Joined'),
    refusals: [
      'noSuchGroup',
      'memberAlready',
      'wrongPassword',
      'tooManyFailures',
      'tooManyLogins',
      'groupFull',
      'tooManyGroups',
    ],
  },
  leavegroup: {
    reply: said('Group Left'),
    refusals: ['noSuchGroup', 'notMember'],
    notes: [
      'A group ends with its last member: its name is free again, and what was sent to it is deleted. Operators end one with `benang group remove`; its members are told nothing, and find that there is no such group.',
    ],
  },
  sendgroup: {
    reply: said('Message Sent'),
    refusals: ['noSuchGroup', 'notMember', 'tooMuchUnread'],
    notes: [
      'What one user has sent to groups, and not all other members who can log in have read, is limited as an inbox is: with `--max-unread` and `--max-unread-size`, over all groups.',
    ],
  },
  inboxgroup: {
    reply: holding({
      messages: by(username, z.array(shortMessage)).describe('by sender, only those with something new'),
    }),
    refusals: ['noSuchGroup', 'notMember'],
    notes: ['What it holds is read once the client shows that it has it, as for `inbox`.'],
  },
  getgroups: {
    reply: holding({
      messages: by(
        group,
        z.strictObject({
          members: count.describe('how many are in it'),
          unread: count.describe(`unread messages; ${countedInGroups}`),
        }),
      ).describe('by name, in alphabetical order'),
    }),
  },
  members: {
    reply: holding({
      messages: by(
        username,
        z.strictObject({ nama: text.describe('the full name'), negara: text.describe('the country') }),
      ).describe('in alphabetical order'),
      more: flag.describe('whether there are others: ask again with the last username as `after`'),
    }),
    refusals: ['noSuchGroup', 'notMember'],
    notes: [`One reply holds at most ${INBOX_MESSAGES} members.`],
  },
};
