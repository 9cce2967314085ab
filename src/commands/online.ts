import * as z from 'zod/mini';
import { keepEncoded, type Reply } from '../protocol/reply.ts';
import { defineCommand, number, type OnlinePage, word } from './command.ts';

/** The list is long and asked for often, so it is encoded once for each change of what its first page shows. */
const replies = new WeakMap<OnlinePage, Reply>();

export const online = defineCommand({
  name: 'online',
  arguments: { token: z.optional(word) },
  options: { after: number },
  help: 'who is connected, by session, in order of login; after N: those behind a reply that said so',
  session: 'optional',
  large: true,
  run({ token, after }, { sessions, caller, log }) {
    log(() => 'ONLINE:');
    // Without a token the reply depends on who has logged in on this connection.
    if (token && after === undefined) caller.stand();
    const page = sessions.online(after);
    const reply = replies.get(page) ?? replyFor(page);
    replies.set(page, reply);
    return reply;
  },
});

/** When all are shown it is what old clients know. */
function replyFor({ sessions, more, next }: OnlinePage): Reply {
  const shown = sessions.map(({ id, account: { username, nama, negara } }) => {
    return [id, { username, userdetail: { nama, negara } }] as const;
  });
  const messages = new Map(shown);
  return keepEncoded(more === 0 ? { status: 'OK', messages } : { status: 'OK', messages, more, next });
}
