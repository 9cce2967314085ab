import { defineCommand, number, word } from './command.ts';

export const listen = defineCommand({
  name: 'listen',
  arguments: { token: word },
  options: { since: number, incarnation: word },
  help: 'be told what happens, as events between the replies; since N: first what was missed behind that number, and with the incarnation that listen was answered with then also when a backup was restored',
  session: 'required',
  async run({ since, incarnation }, { store, caller, log }, session) {
    log(() => `LISTEN: ${session.id}`);
    const place = await store.conversations.place(since, incarnation);
    caller.listen(session, place.since);
    const { sure, ...told } = place;
    return { status: 'OK', messages: 'Listening', ...told, ...(sure ? {} : { sure }) };
  },
});
