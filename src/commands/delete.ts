import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, number, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const deleted = keepEncoded({ status: 'OK', message: 'Message Deleted' });

export const deleteMessage = defineCommand({
  name: 'delete',
  arguments: { token: word, id: number },
  help: 'take back a message that you sent: its text is gone for everyone',
  session: 'required',
  // What is asked behind it is answered with what it has changed.
  exclusive: true,
  async run({ id }, { store, now, log }, session) {
    log(() => `DELETE: ${session.id}`);
    const outcome = await store.conversations.delete(session.account, id, now());
    return isRefused(outcome) ? refuseFor(outcome) : deleted;
  },
});
