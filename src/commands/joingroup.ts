import * as z from 'zod/mini';
import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor, refuseLogin } from './outcomes.ts';

const joined = keepEncoded({ status: 'OK', message: 'Group Joined' });

export const joingroup = defineCommand({
  name: 'joingroup',
  arguments: { token: word, group: word, password: z.optional(word) },
  help: 'become a member of a group: you see what is sent to it from then on',
  session: 'required',
  slow: true,
  async run({ group, password }, { store, checkPassword, log }, { account }) {
    log(() => `JOINGROUP: ${account.username} joins ${group}`);
    const found = await store.groups.find(account, group);
    if (!found) return refuse(refusals.noSuchGroup);
    if (found.member) return refuse(refusals.memberAlready);
    if (found.passwordHash !== undefined) {
      // Guessed passwords are slowed down by group, as those of accounts are.
      const verdict = await checkPassword(`#${group}`, found.passwordHash, password ?? '');
      if (verdict !== 'right') return refuseLogin(verdict);
    }
    const outcome = await store.groups.join(account, group, found.passwordHash);
    return isRefused(outcome) ? refuseFor(outcome) : joined;
  },
});
