import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const left = keepEncoded({ status: 'OK', message: 'Group Left' });

export const leavegroup = defineCommand({
  name: 'leavegroup',
  arguments: { token: word, group: word },
  help: 'be a member of a group no longer',
  session: 'required',
  async run({ group }, { store, log }, { account }) {
    log(() => `LEAVEGROUP: ${account.username} leaves ${group}`);
    const outcome = await store.groups.leave(account, group);
    return isRefused(outcome) ? refuseFor(outcome) : left;
  },
});
