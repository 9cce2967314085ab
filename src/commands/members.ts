import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

export const members = defineCommand({
  name: 'members',
  arguments: { token: word, group: word },
  help: 'who is in a group of yours',
  session: 'required',
  async run({ group }, { store, log }, { id, account }) {
    log(() => `MEMBERS: ${id}`);
    const found = await store.groups.members(account, group);
    if (isRefused(found)) return refuseFor(found);
    const messages = found.map(({ username, nama, negara }) => [username, { nama, negara }] as const);
    return { status: 'OK', messages: new Map<string, Json>(messages) };
  },
});
