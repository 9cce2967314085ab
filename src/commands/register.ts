import * as z from 'zod/mini';
import { refusals, refuse } from '../protocol/reply.ts';
import { StorageError } from '../store/store.ts';
import { defineCommand, word } from './command.ts';
import type { RegistrationRefusal } from './registration.ts';

const refusalFor: Readonly<Record<Extract<RegistrationRefusal, string>, string>> = {
  closed: refusals.registrationClosed,
  'invite is not good': refusals.badInvite,
  'bad username': refusals.badUsername,
  'bad password': refusals.badPassword,
  'bad full name': refusals.badFullName,
  taken: refusals.userTaken,
  'looks taken': refusals.userLooksTaken,
  'too many accounts': refusals.tooManyAccounts,
  busy: refusals.tooManyLogins,
};

function orStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  throw error;
}

export const register = defineCommand({
  name: 'register',
  arguments: { name: word, country: word, username: word, password: word, invite: z.optional(word) },
  help: 'make an account, if the server lets you, and log in to it; a - in NAME or COUNTRY stands for a space',
  session: 'none',
  slow: true,
  async run(applicant, { register, sessions, caller, log }) {
    const { username } = applicant;
    log(() => `REGISTER: register ${username}`);
    const outcome = await register(applicant);
    if (typeof outcome === 'string') return refuse(refusalFor[outcome]);
    if ('waitMs' in outcome) return refuse(refusals.tooManyRegistrations(outcome.waitMs));
    const started = await sessions.start(outcome.account, outcome.passwordHash).catch(orStorageError);
    // The disk fails, or an operator was quicker. The account is there, and the invite used, all the same.
    if (typeof started === 'string' || started instanceof StorageError)
      return refuse(refusals.registeredOnly);
    const { session, token } = started;
    caller.login(session);
    log(() => `LOGIN: ${username} logged in, session ${session.id}`);
    return { status: 'OK', tokenid: token };
  },
});
