import * as z from 'zod/mini';
import { defineCommand, word } from './command.ts';

export const online = defineCommand({
  name: 'online',
  arguments: { token: z.optional(word) },
  help: 'who is connected, by session, in order of login',
  session: 'optional',
  run(_input, { sessions, log }) {
    log(() => 'ONLINE:');
    const messages = sessions.online().map(({ id, account: { username, nama, negara } }) => {
      return [id, { username, userdetail: { nama, negara } }] as const;
    });
    return { status: 'OK', messages: new Map(messages) };
  },
});
