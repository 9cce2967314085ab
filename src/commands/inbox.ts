import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

export const inbox = defineCommand({
  name: 'inbox',
  arguments: { token: word },
  help: 'the messages that have come since the last look, by sender',
  session: 'required',
  // So that an inbox asked behind it knows what this one carried, and reads no message twice.
  exclusive: true,
  async run(_input, { store, caller, log }, { id, account }) {
    log(() => `INBOX: ${id}`);
    const carried = caller.carried(account);
    const { senders, messages, upTo } = await store.inbox(account, carried);
    const bySender = new Map(senders.map((sender) => [sender.username, { sender, shown: [] as Json[] }]));
    for (const message of messages) {
      const entry = bySender.get(message.sender)!;
      entry.shown.push({ msg_from: entry.sender.nama, msg_to: account.nama, msg: message.text });
    }
    // Also when nothing is shown: what is hidden becomes read with what is not.
    if (upTo > carried) caller.deliver(account, upTo);
    else caller.stand();
    return { status: 'OK', messages: new Map([...bySender].map(([name, { shown }]) => [name, shown])) };
  },
});
