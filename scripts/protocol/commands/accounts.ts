import type { CommandNotes } from '../notes.ts';
import { holding, said, uuid } from '../shape.ts';

export const accounts: Readonly<Record<string, CommandNotes>> = {
  register: {
    reply: holding({ tokenid: uuid.describe('the token of a new session, as `auth` gives one') }),
    refusals: [
      'registrationClosed',
      'badInvite',
      'badUsername',
      'badPassword',
      'badFullName',
      'userTaken',
      'userLooksTaken',
      'tooManyAccounts',
      'tooManyRegistrations',
      'tooManyLogins',
      'registeredOnly',
    ],
    notes: [
      'Whom the server takes is said by `--registration`; with `invite` the fifth word is needed, and looked at before anything else. An invite is used up together with the making of the account, or not at all.',
      "The name has at most 96 bytes and is in Unicode's form NFKC. Names are compared by what they look like: `Messi`, `mess1` and `rnessi` look like `messi`.",
    ],
  },
  passwd: {
    reply: said('Password Changed'),
    refusals: ['badPassword', 'wrongPassword', 'tooManyFailures', 'tooManyLogins'],
    notes: [
      "OK comes when the new password is stored and the user's other sessions are over for good; this one goes on. Connections that listen with another one are told `dropped`.",
    ],
  },
  profile: {
    reply: said('Profile Changed'),
    refusals: ['badFullName'],
    notes: ['From then on everybody is shown it, also with what was sent before.'],
  },
};
