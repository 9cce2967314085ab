import { type Json, manyMembers } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

export const chats = defineCommand({
  name: 'chats',
  arguments: { token: word },
  help: 'who has sent you what you have not read, and your groups, each with how many',
  session: 'required',
  large: true,
  async run(_input, { store, log }, { id, account }) {
    log(() => `CHATS: ${id}`);
    const entries = await store.conversations.list(account);
    const messages = entries.map(({ with: name, unread, members }): [string, Json] => {
      return [name, members === undefined ? { unread } : { unread, members }];
    });
    return { status: 'OK', messages: await manyMembers(messages) };
  },
});
