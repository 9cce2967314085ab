import * as z from 'zod/mini';
import { keepEncoded, type Reply } from '../protocol/reply.ts';
import { defineCommand, type Session, word } from './command.ts';

/** The list is long and asked for often, so it is encoded once for each change of presence. */
const replies = new WeakMap<readonly Session[], Reply>();

export const online = defineCommand({
  name: 'online',
  arguments: { token: z.optional(word) },
  help: 'who is connected, by session, in order of login',
  session: 'optional',
  run({ token }, { sessions, caller, log }) {
    log(() => 'ONLINE:');
    // Without a token the reply depends on who has logged in on this connection.
    if (token) caller.stand();
    const present = sessions.online();
    const reply = replies.get(present) ?? replyFor(present);
    replies.set(present, reply);
    return reply;
  },
});

function replyFor(present: readonly Session[]): Reply {
  const messages = present.map(({ id, account: { username, nama, negara } }) => {
    return [id, { username, userdetail: { nama, negara } }] as const;
  });
  return keepEncoded({ status: 'OK', messages: new Map(messages) });
}
