import { refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';

export const auth = defineCommand({
  name: 'auth',
  arguments: { username: word, password: word },
  help: 'log in; the reply holds the token that the other commands take',
  session: 'none',
  slow: true,
  async run({ username, password }, { store, sessions, caller, checkPassword, log }) {
    log(() => `AUTH: auth ${username}`);
    const found = await store.credentials(username);
    const verdict = await checkPassword(username, found?.passwordHash, password);
    if (verdict === 'busy') return refuse(refusals.tooManyLogins);
    if (typeof verdict === 'object') return refuse(refusals.tooManyFailures(verdict.waitMs));
    if (!found) return refuse(refusals.noSuchUser);
    if (verdict === 'wrong') return refuse(refusals.wrongPassword);
    // Only now: who does not know the password learns nothing of the account.
    if (found.disabled) return refuse(refusals.disabled);
    const started = await sessions.start(found.account, found.passwordHash);
    if (started === 'too many sessions') return refuse(refusals.tooManySessions);
    // An operator did it while the password was checked; the next try learns what.
    if (started === 'account has changed') return refuse(refusals.failed);
    const { session, token } = started;
    caller.login(session);
    log(() => `LOGIN: ${username} logged in, session ${session.id}`);
    return { status: 'OK', tokenid: token };
  },
});
