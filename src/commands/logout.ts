import { defineCommand, word } from './command.ts';

export const logout = defineCommand({
  name: 'logout',
  arguments: { token: word },
  help: 'end the session; its token is worth nothing from then on',
  session: 'required',
  async run(_input, { sessions, log }, session) {
    log(() => `LOGOUT: Logging out ${session.account.username} from current session`);
    await sessions.end(session);
    return { status: 'OK', messages: 'Logged out successfully' };
  },
});
