import { defineCommand, word } from './command.ts';

/** So many are shown, those that were used last. */
const MOST_SHOWN = 200;

export const sessions = defineCommand({
  name: 'sessions',
  arguments: { token: word },
  help: 'where you are logged in: by session, since when, when it was last used, and which one this is',
  session: 'required',
  large: true,
  run(_input, { sessions, log }, session) {
    log(() => `SESSIONS: ${session.id}`);
    const shown = sessions.of(session.account, MOST_SHOWN, session);
    const messages = shown.map(({ session: { id }, startedAt, usedAt, connected }) => {
      const current = id === session.id;
      return [id, { started_at: startedAt ?? null, used_at: usedAt, connected, current }] as const;
    });
    return { status: 'OK', messages: new Map(messages) };
  },
});
