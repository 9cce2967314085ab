import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const blocked = keepEncoded({ status: 'OK', message: 'User Blocked' });

export const block = defineCommand({
  name: 'block',
  arguments: { token: word, username: word },
  help: 'what this user sends you from now on is hidden from you; they do not learn of it',
  session: 'required',
  async run({ username }, { store, log }, { id, account }) {
    log(() => `BLOCK: ${id}`);
    const outcome = await store.conversations.block(account, username, true);
    return isRefused(outcome) ? refuseFor(outcome) : blocked;
  },
});
