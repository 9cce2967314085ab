import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

export const chats = defineCommand({
  name: 'chats',
  arguments: { token: word },
  help: 'who has sent you what you have not read, and your groups, each with how many',
  session: 'required',
  async run(_input, { store, log }, { id, account }) {
    log(() => `CHATS: ${id}`);
    const entries = await store.conversations.list(account);
    const messages = entries.map(({ with: name, unread, members }) => {
      return [name, members === undefined ? { unread } : { unread, members }] as const;
    });
    return { status: 'OK', messages: new Map<string, Json>(messages) };
  },
});
