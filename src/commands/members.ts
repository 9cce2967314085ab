import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

export const members = defineCommand({
  name: 'members',
  arguments: { token: word, group: word },
  options: { after: word },
  help: 'who is in a group of yours, by username; after USERNAME: those who come behind it',
  session: 'required',
  large: true,
  async run({ group, after }, { store, log }, { id, account }) {
    log(() => `MEMBERS: ${id}`);
    const found = await store.groups.members(account, group, after ?? '');
    if (isRefused(found)) return refuseFor(found);
    const members = found.members.map(({ username, nama, negara }) => [username, { nama, negara }] as const);
    const messages = new Map<string, Json>(members);
    return { status: 'OK', messages, more: found.more };
  },
});
