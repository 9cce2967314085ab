import { defineCommand, text, word } from './command.ts';
import { ORDINARY_LIMIT } from './history.ts';
import { messageJson } from './message-json.ts';

export const search = defineCommand({
  name: 'search',
  arguments: { token: word, words: text },
  help: 'the last messages of your conversations that have all these words, oldest first',
  session: 'required',
  large: true,
  // There may be much to look at.
  slow: true,
  async run({ words }, { store, log }, { id, account }) {
    log(() => `SEARCH: ${id}`);
    const { messages, notSearched } = await store.conversations.search(account, words, ORDINARY_LIMIT);
    return { status: 'OK', messages: messages.map(messageJson), not_searched: notSearched };
  },
});
