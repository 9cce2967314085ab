import { refusals, refuse } from '../protocol/reply.ts';
import { defineCommand, text, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

export const LONGEST_KEY = 64;

export const post = defineCommand({
  name: 'post',
  arguments: { token: word, key: word, with: word, text },
  help: 'send to a user or, as #GROUP, to a group, once: with the same KEY again nothing is stored, and the reply is the same',
  session: 'required',
  async run({ key, with: to, text }, { store, log, now }, { id, account }) {
    log(() => `POST: session ${id} send message from ${account.username} to ${to}`);
    if (key === '' || key.length > LONGEST_KEY) return refuse(refusals.badKey);
    const stored = await store.conversations.post({ sender: account, to, text, sentAt: now(), key });
    if (isRefused(stored)) return refuseFor(stored);
    return { status: 'OK', message: 'Message Sent', id: stored };
  },
});
