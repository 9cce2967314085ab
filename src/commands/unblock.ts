import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const unblocked = keepEncoded({ status: 'OK', message: 'User Unblocked' });

export const unblock = defineCommand({
  name: 'unblock',
  arguments: { token: word, username: word },
  help: 'see what this user sends you from now on',
  session: 'required',
  async run({ username }, { store, log }, { id, account }) {
    log(() => `UNBLOCK: ${id}`);
    const outcome = await store.conversations.block(account, username, false);
    return isRefused(outcome) ? refuseFor(outcome) : unblocked;
  },
});
