import { defineCommand, number, word } from './command.ts';

export const listen = defineCommand({
  name: 'listen',
  arguments: { token: word },
  options: { since: number },
  help: 'be told what happens, as events between the replies; since N: first what was missed behind that number',
  session: 'required',
  async run({ since }, { store, caller, log }, session) {
    log(() => `LISTEN: ${session.id}`);
    const last = await store.conversations.last();
    // A number beyond the last was given by a database that a backup has taken the place of.
    const from = Math.min(since ?? last, last);
    caller.listen(session, from);
    return { status: 'OK', messages: 'Listening', since: from };
  },
});
