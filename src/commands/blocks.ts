import { defineCommand, word } from './command.ts';

export const blocks = defineCommand({
  name: 'blocks',
  arguments: { token: word },
  help: 'whom you have blocked',
  session: 'required',
  large: true,
  async run(_input, { store, log }, { id, account }) {
    log(() => `BLOCKS: ${id}`);
    return { status: 'OK', messages: await store.conversations.blocks(account) };
  },
});
