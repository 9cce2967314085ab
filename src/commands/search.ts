import { defineCommand, text, word } from './command.ts';
import { ORDINARY_LIMIT } from './history.ts';
import { messageJson } from './message-json.ts';

/** More words make a search slower, and find nothing. */
export const MOST_WORDS = 16;

export const search = defineCommand({
  name: 'search',
  arguments: { token: word, words: text },
  help: 'the last messages of your conversations that have all these words, oldest first',
  session: 'required',
  // It may have to wait until the words of the last messages can be found.
  slow: true,
  async run({ words }, { store, log }, { id, account }) {
    log(() => `SEARCH: ${id}`);
    const wanted = words.split(' ').filter((one) => one !== '');
    const found = await store.conversations.search(account, wanted.slice(0, MOST_WORDS), ORDINARY_LIMIT);
    return { status: 'OK', messages: found.map(messageJson) };
  },
});
