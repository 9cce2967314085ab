import { defineCommand, type SessionState, word } from './command.ts';

/** So many are shown, those that were used last. */
const MOST_SHOWN = 200;

export const sessions = defineCommand({
  name: 'sessions',
  arguments: { token: word },
  help: 'where you are logged in: by session, since when, when it was last used, and which one this is',
  session: 'required',
  run(_input, { sessions, log }, { id, account }) {
    log(() => `SESSIONS: ${id}`);
    const all = sessions.of(account).map((state) => ({ ...state, current: state.session.id === id }));
    const shown = all.length > MOST_SHOWN ? lastUsed(all) : all;
    const messages = shown.map(({ session, startedAt, usedAt, connected, current }) => {
      return [session.id, { started_at: startedAt ?? null, used_at: usedAt, connected, current }] as const;
    });
    return { status: 'OK', messages: new Map(messages) };
  },
});

interface Shown extends SessionState {
  readonly current: boolean;
}

/** In the order in which they were. Sorting numbers takes a tenth of what sorting the sessions would take. */
function lastUsed(all: readonly Shown[]): readonly Shown[] {
  const times = Float64Array.from(all, ({ usedAt }) => usedAt).sort();
  const oldest = times[times.length - MOST_SHOWN]!;
  let room = MOST_SHOWN - 1 - all.filter(({ usedAt, current }) => usedAt > oldest && !current).length;
  return all.filter(({ usedAt, current }) => current || usedAt > oldest || (usedAt === oldest && room-- > 0));
}
