import type { Json } from '../protocol/json.ts';
import { refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, number, word } from './command.ts';
import { messageJson } from './message-json.ts';

export const status = defineCommand({
  name: 'status',
  arguments: { token: word, id: number },
  help: 'whether a message that you sent is stored, delivered, read or deleted; in a group, by how many',
  session: 'required',
  large: true,
  async run({ id }, { store, log }, session) {
    log(() => `STATUS: ${session.id}`);
    const found = await store.conversations.status(session.account, id);
    if (!found) return refuse(refusals.noSuchMessage);
    const { message, state, counts } = found;
    return {
      status: 'OK',
      messages: { state, ...counts, ...(messageJson(message) as { readonly [key: string]: Json }) },
    };
  },
});
