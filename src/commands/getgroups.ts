import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

export const getgroups = defineCommand({
  name: 'getgroups',
  arguments: { token: word },
  help: 'the groups that you are a member of',
  session: 'required',
  large: true,
  async run(_input, { store, log }, { id, account }) {
    log(() => `GETGROUPS: ${id}`);
    const groups = await store.groups.of(account);
    const messages = groups.map(({ with: name, unread, members }) => {
      return [name.slice(1), { members: members!, unread }] as const;
    });
    return { status: 'OK', messages: new Map<string, Json>(messages) };
  },
});
