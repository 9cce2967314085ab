import { wordFault } from '../names/word.ts';
import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { refuseLogin } from './outcomes.ts';

const changed = keepEncoded({ status: 'OK', message: 'Password Changed' });

export const passwd = defineCommand({
  name: 'passwd',
  arguments: { token: word, old: word, new: word },
  help: 'change your password; your other sessions end with that, for somebody may have stolen them',
  session: 'required',
  slow: true,
  async run(input, { store, sessions, checkPassword, hashPassword, log }, session) {
    const { username } = session.account;
    log(() => `PASSWD: ${username}, session ${session.id}`);
    if (wordFault(input.new)) return refuse(refusals.badPassword);
    const found = await store.credentials(username);
    // As a login does: with a stolen token nobody can guess faster than without.
    const verdict = await checkPassword(username, found?.passwordHash, input.old);
    if (verdict !== 'right') return refuseLogin(verdict);
    const hash = await hashPassword(input.new);
    if (hash === 'busy') return refuse(refusals.tooManyLogins);
    const outcome = await sessions.changePassword(session, found!.passwordHash, hash);
    if (outcome === 'session has ended') return refuse(refusals.noSession);
    return outcome === 'changed' ? changed : refuse(refusals.failed);
  },
});
