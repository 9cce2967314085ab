import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, text, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const sent = keepEncoded({ status: 'OK', message: 'Message Sent' });

export const sendgroup = defineCommand({
  name: 'sendgroup',
  arguments: { token: word, group: word, text },
  help: 'leave a message for all members of a group; OK means that it is stored for good',
  session: 'required',
  async run({ group, text }, { store, now, log }, { id, account }) {
    log(() => `SENDGROUP: session ${id} send message from ${account.username} to ${group}`);
    const stored = await store.conversations.post({ sender: account, to: `#${group}`, text, sentAt: now() });
    return isRefused(stored) ? refuseFor(stored) : sent;
  },
});
