import { keepEncoded } from '../protocol/reply.ts';
import { defineCommand, number, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

const done = keepEncoded({ status: 'OK', message: 'Messages Read' });

export const ack = defineCommand({
  name: 'ack',
  arguments: { token: word, id: number },
  options: { with: word },
  help: 'all messages up to that number have been read; with USER or with #GROUP: only those of that conversation',
  session: 'required',
  async run({ id, with: other }, { store, now, log }, session) {
    log(() => `ACK: ${session.id}`);
    const outcome = await store.conversations.acknowledge(session.account, id, now(), other);
    return isRefused(outcome) ? refuseFor(outcome) : done;
  },
});
