import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, number, text, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const edited = keepEncoded({ status: 'OK', message: 'Message Edited' });

export const edit = defineCommand({
  name: 'edit',
  arguments: { token: word, id: number, text },
  help: 'give a message that you sent another text',
  session: 'required',
  // What is asked behind it is answered with what it has changed.
  exclusive: true,
  async run({ id, text }, { store, now, log }, session) {
    log(() => `EDIT: ${session.id}`);
    const outcome = await store.conversations.edit(session.account, id, text, now());
    return isRefused(outcome) ? refuseFor(outcome) : edited;
  },
});
