import * as z from 'zod/mini';
import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const added = keepEncoded({ status: 'OK', message: 'Group Added' });

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;

export const addgroup = defineCommand({
  name: 'addgroup',
  arguments: { token: word, group: word, password: z.optional(word) },
  help: 'make a group and join it; with a password, who joins needs it',
  session: 'required',
  slow: true,
  async run({ group, password }, { store, hashPassword, log }, { account }) {
    log(() => `ADDGROUP: ${account.username} adds ${group}`);
    if (!NAME.test(group) || group !== group.normalize('NFC')) return refuse(refusals.badGroupName);
    // Before the work of hashing; that nobody is quicker is checked again when it is added.
    if (await store.groups.find(account, group)) return refuse(refusals.groupTaken);
    const hash = password ? await hashPassword(password) : undefined;
    if (hash === 'busy') return refuse(refusals.tooManyLogins);
    const outcome = await store.groups.add(account, group, hash);
    return isRefused(outcome) ? refuseFor(outcome) : added;
  },
});
