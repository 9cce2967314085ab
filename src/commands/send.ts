import { keepEncoded, refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, text, word } from './command.ts';

const sent = keepEncoded({ status: 'OK', message: 'Message Sent' });

export const send = defineCommand({
  name: 'send',
  arguments: { token: word, username: word, text },
  help: 'leave a message for a user; OK means that it is stored for good',
  session: 'required',
  async run(input, { store, log, now }, { id, account }) {
    log(() => `SEND: session ${id} send message from ${account.username} to ${input.username}`);
    const stored = await store.addMessage({
      sender: account,
      recipient: input.username,
      text: input.text,
      sentAt: now(),
    });
    if (stored === 'no such recipient') return refuse(refusals.noSuchRecipient);
    if (stored === 'inbox is full') return refuse(refusals.inboxFull);
    return sent;
  },
});
