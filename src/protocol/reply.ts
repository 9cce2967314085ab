import { encodeJson, type Json } from './json.ts';

/** One reply: the keys in the order in which the brief shows them, `status` first. */
export type Reply =
  | { readonly status: 'OK'; readonly [key: string]: Json }
  | { readonly status: 'ERROR'; readonly message: string };

export const REPLY_END = '\r\n\r\n';

/** The error messages of the wire protocol. The Indonesian ones are the original's or its community's, to the letter (brief, "Wire protocol"). */
export const refusals = {
  noSuchUser: 'User Tidak Ada',
  wrongPassword: 'Password Salah',
  disabled: 'Account is disabled',
  noSuchRecipient: 'User Tidak Ditemukan',
  noSession: 'Informasi tidak ditemukan',
  missingArgument: '--Protocol Tidak Benar',
  unknownCommand: '**Protocol Tidak Benar',
  notUtf8: 'Request is not valid UTF-8',
  tooLong: 'Request is too long',
  full: 'Server is full, try again in a minute',
  addressFull: 'Too many connections from your address, close some first',
  tooFast: 'Too many requests, slow down',
  inboxFull: 'Inbox of this user is full, try again later',
  tooMuchUnread: 'Too much of what you sent to groups is unread, try again later',
  tooManySessions: 'Too many sessions, log out of one first',
  tooManyLogins: 'Too many logins at once, try again in a minute',
  tooManyFailures: (waitMs: number) =>
    `Too many failed logins, try again in ${Math.max(1, Math.ceil(waitMs / 1000))} s`,
  groupTaken: 'Group sudah ada',
  groupLooksTaken: 'Group name looks like one that is taken',
  noSuchGroup: 'Group belum ada',
  notMember: 'Bukan member group',
  memberAlready: 'User sudah join',
  groupFull: 'Group is full',
  badGroupName:
    'Group name must have 1 to 64 letters of one script, digits 0 to 9 and single dots, dashes or underscores between them, begin with a letter or digit, and be in lower case unless it is Latin',
  tooManyGroups: 'Too many groups, leave one first',
  noSuchMessage: 'Message not found',
  badKey: 'Key must have at most 64 characters',
  tooManyBlocked: 'Too many users blocked, unblock one first',
  registrationClosed: 'Registration is closed',
  badInvite: 'Invite is missing, wrong, used or expired',
  badUsername:
    'Username must have 1 to 32 letters of one script, digits 0 to 9 and single dots, dashes or underscores between them, begin with a letter, and be in lower case unless it is Latin',
  userTaken: 'User sudah ada',
  userLooksTaken: 'Username looks like one that is taken',
  tooManyAccounts: 'Server has no room for more accounts',
  tooManyRegistrations: (waitMs: number) =>
    `Too many registrations, try again in ${Math.max(1, Math.ceil(waitMs / 1000))} s`,
  registeredOnly: 'Account is made, log in to it with auth',
  badPassword: 'Password must have 1 to 200 characters, no spaces and no control characters',
  badFullName:
    'Name and country must have 1 to 200 characters each, - for a space, and no control or invisible characters',
  noSuchSession: 'Session not found',
  failed: 'Server could not do this, try again',
  faulty: 'Server has a fault and could not do this, tell its operator',
} as const;

export const refuse = (message: string): Reply => ({ status: 'ERROR', message });

const kept = new WeakMap<Reply, string>();

/** The bytes of a reply, all of them ASCII, so a string's length is its size. */
export const encodeReply = (reply: Reply): string => kept.get(reply) ?? encodeJson(reply) + REPLY_END;

/** Encodes a reply that will be given many times, once and for all: it must not change any more. */
export function keepEncoded(reply: Reply): Reply {
  kept.set(reply, encodeJson(reply) + REPLY_END);
  return reply;
}
