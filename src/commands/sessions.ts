import { defineCommand, word } from './command.ts';

export const sessions = defineCommand({
  name: 'sessions',
  arguments: { token: word },
  help: 'where you are logged in: by session, since when, when it was last used, and which one this is',
  session: 'required',
  run(_input, { sessions, log }, { id, account }) {
    log(() => `SESSIONS: ${id}`);
    const messages = sessions.of(account).map(({ session, startedAt, usedAt, connected }) => {
      const current = session.id === id;
      return [session.id, { started_at: startedAt ?? null, used_at: usedAt, connected, current }] as const;
    });
    return { status: 'OK', messages: new Map(messages) };
  },
});
