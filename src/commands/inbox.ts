import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

export const inbox = defineCommand({
  name: 'inbox',
  arguments: { token: word },
  help: 'the messages that have come since the last look, by sender',
  session: 'required',
  async run(_input, { store, caller, log }, { id, account }) {
    log(() => `INBOX: ${id}`);
    const { senders, messages } = await store.inbox(account);
    const bySender = new Map(senders.map((sender) => [sender.username, { sender, shown: [] as Json[] }]));
    for (const message of caller.deliver(account, messages)) {
      const entry = bySender.get(message.sender)!;
      entry.shown.push({ msg_from: entry.sender.nama, msg_to: account.nama, msg: message.text });
    }
    return { status: 'OK', messages: new Map([...bySender].map(([name, { shown }]) => [name, shown])) };
  },
});
