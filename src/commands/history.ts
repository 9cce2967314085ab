import { defineCommand, number, word } from './command.ts';
import { messageJson } from './message-json.ts';
import { isRefused, refuseFor } from './outcomes.ts';

export const ORDINARY_LIMIT = 50;
export const MOST_LISTED = 200;

export const history = defineCommand({
  name: 'history',
  arguments: { token: word, with: word },
  options: { before: number, limit: number },
  help: 'the last messages with a user or, as #GROUP, in a group, oldest first; before N: those with a smaller number',
  session: 'required',
  large: true,
  async run({ with: other, before, limit }, { store, log }, { id, account }) {
    log(() => `HISTORY: ${id}`);
    const found = await store.conversations.history(
      account,
      other,
      before ?? Number.MAX_SAFE_INTEGER,
      Math.min(limit ?? ORDINARY_LIMIT, MOST_LISTED),
    );
    if (isRefused(found)) return refuseFor(found);
    return { status: 'OK', messages: found.map(messageJson) };
  },
});
