import * as z from 'zod/mini';
import { mayNameGroup } from '../names/group-name.ts';
import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const added = keepEncoded({ status: 'OK', message: 'Group Added' });

export const addgroup = defineCommand({
  name: 'addgroup',
  arguments: { token: word, group: word, password: z.optional(word) },
  help: 'make a group and join it; with a password, who joins needs it',
  session: 'required',
  slow: true,
  async run({ group, password }, { store, hashPassword, log }, { account }) {
    log(() => `ADDGROUP: ${account.username} adds ${group}`);
    if (!mayNameGroup(group)) return refuse(refusals.badGroupName);
    // Before the work of hashing; that nobody is quicker is checked again when it is added.
    const obstacle = await store.groups.obstacle(group);
    if (obstacle) return refuseFor(obstacle);
    const hash = password ? await hashPassword(password) : undefined;
    if (hash === 'busy') return refuse(refusals.tooManyLogins);
    const outcome = await store.groups.add(account, group, hash);
    return isRefused(outcome) ? refuseFor(outcome) : added;
  },
});
