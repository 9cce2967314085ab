import type { Command } from '../../src/commands/command.ts';
import { refusals } from '../../src/protocol/reply.ts';
import { NO_CUT } from '../../src/protocol/request.ts';

export type RefusalName = keyof typeof refusals;

export interface ErrorNotes {
  /** Whose word it is, when it is not ours. */
  readonly words?: 'the original' | 'its later years';
  readonly when: string;
}

/** When each error is given. */
export const errors: Readonly<Record<RefusalName, ErrorNotes>> = {
  noSuchUser: { words: 'the original', when: 'there is no such user to log in' },
  wrongPassword: { words: 'the original', when: 'the password is wrong, or missing where one is needed' },
  disabled: { when: 'an operator has disabled the account; said only behind the right password' },
  noSuchRecipient: { words: 'the original', when: 'there is no such user' },
  noSession: {
    words: 'the original',
    when: 'the token is wrong, empty, expired or logged out',
  },
  missingArgument: {
    words: 'the original',
    when: 'a word of the request is missing, or is no number where one must be',
  },
  unknownCommand: { words: 'the original', when: 'the command is unknown, empty or in capitals' },
  notUtf8: { when: 'the line is not UTF-8' },
  tooLong: { when: 'the line is longer than `--max-request`; the connection is closed behind it' },
  full: { when: 'there are `--max-connections` connections; sent unasked, then the connection is closed' },
  addressFull: {
    when: 'there are `--max-per-address` connections from the address; sent unasked, then the connection is closed',
  },
  tooFast: { when: 'there were more requests a second than `--max-rate`; nothing is read for a moment' },
  tooMuchUnread: {
    when: 'as much of what the user has sent to groups has not been read by all members as `--max-unread` or `--max-unread-size` allows in an inbox',
  },
  inboxFull: { when: 'as much waits unread as `--max-unread` or `--max-unread-size` allows' },
  tooManySessions: { when: 'the user has `--max-sessions` sessions, all of them with a live connection' },
  tooManyLogins: { when: 'too many passwords wait to be hashed' },
  tooManyFailures: {
    when: 'the password was wrong too often (`--failed-logins`); it is not looked at for so many seconds',
  },
  groupTaken: { words: 'its later years', when: 'there is a group with this name' },
  noSuchGroup: { words: 'its later years', when: 'there is no such group' },
  notMember: { words: 'its later years', when: 'the user is not a member of the group' },
  memberAlready: { words: 'its later years', when: 'the user is a member of the group' },
  groupFull: { when: 'the group has as many members as it can have' },
  badGroupName: { when: "the name cannot be a new group's, or is not in Unicode's form NFKC" },
  groupLooksTaken: { when: "the name looks like another group's" },
  tooManyGroups: { when: 'the user is a member of as many groups as they can be' },
  noSuchMessage: { when: 'the user has sent no such message, or has taken it back' },
  badKey: { when: 'the key is empty or too long' },
  tooManyBlocked: { when: 'the user has blocked as many as they can' },
  registrationClosed: { when: 'the server takes nobody, whatever the name' },
  badInvite: { when: 'the server takes only who has an invite, whatever the name' },
  badUsername: { when: "the name cannot be a user's, or is not in Unicode's form NFKC" },
  userTaken: { when: "the name is or was a user's" },
  userLooksTaken: { when: "the name looks like one that is or was a user's" },
  tooManyAccounts: { when: 'there are `--max-accounts` accounts' },
  tooManyRegistrations: {
    when: 'the address has made many accounts, or tried many names or invites (10 times `--failed-logins`; for one name `--failed-logins`)',
  },
  registeredOnly: {
    when: 'the account is made and the invite used, but no session could be started: the disk fails, or an operator changed the account meanwhile',
  },
  badPassword: { when: "the new password cannot be anybody's" },
  badFullName: { when: "the full name or the country cannot be anybody's" },
  noSuchSession: { when: 'the user has no such session' },
  failed: { when: 'the disk fails, or the account was changed meanwhile; nothing was done, try again' },
  faulty: { when: 'the server has a bug, and its log tells where; to try again is of no use' },
};

/** Errors that have nothing to do with what is asked. */
export const anywhere: readonly RefusalName[] = [
  'unknownCommand',
  'notUtf8',
  'tooLong',
  'full',
  'addressFull',
  'tooFast',
  'failed',
  'faulty',
];

/** Errors that come with how a command is declared. */
export function declaredRefusals(command: Command): RefusalName[] {
  const names: RefusalName[] = [];
  if (command.cut('', NO_CUT) === undefined) names.push('missingArgument');
  if (command.session !== 'none') names.push('noSession');
  return names;
}

/** An error's words; where it holds a figure there is an N. */
export function wordsOf(name: RefusalName): string {
  const words = refusals[name];
  return typeof words === 'string' ? words : words(Number.NaN).replace('NaN', 'N');
}

/** Which error this is, of those that the server has. */
export function refusalIn(message: string): RefusalName | undefined {
  const names = Object.keys(refusals) as RefusalName[];
  return names.find(
    (name) =>
      message === wordsOf(name) ||
      (typeof refusals[name] === 'function' && message.replace(/\d+/, 'N') === wordsOf(name)),
  );
}
