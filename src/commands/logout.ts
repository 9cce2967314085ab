import * as z from 'zod/mini';
import { refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';

export const logout = defineCommand({
  name: 'logout',
  arguments: { token: word, session: z.optional(word) },
  help: 'end the session, or another one of yours by its id, or all; their tokens are worth nothing from then on',
  session: 'required',
  async run({ session: which }, { sessions, log }, session) {
    const { account } = session;
    const own = `LOGOUT: Logging out ${account.username}`;
    if (which === 'all') {
      log(() => `${own} from all sessions`);
      await sessions.endAllOf(account);
    } else if (which) {
      const other = sessions.byId(account, which);
      if (!other) return refuse(refusals.noSuchSession);
      log(() => `${own} from session ${which}`);
      await sessions.end(other);
    } else {
      log(() => `${own} from current session`);
      await sessions.end(session);
    }
    return { status: 'OK', messages: 'Logged out successfully' };
  },
});
