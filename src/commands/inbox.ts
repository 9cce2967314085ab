import { type Json, manyMembers } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';

const NONE: readonly Json[] = [];

export const inbox = defineCommand({
  name: 'inbox',
  arguments: { token: word },
  help: 'the messages that have come since the last look, by sender',
  session: 'required',
  large: true,
  // So that an inbox asked behind it knows what this one carried, and reads no message twice.
  exclusive: true,
  async run(_input, { store, caller, log }, { id, account }) {
    log(() => `INBOX: ${id}`);
    const carried = caller.carried(account);
    const { senders, messages, upTo } = await store.inbox(account, carried);
    const names = new Map(senders.map(({ username, nama }) => [username, nama]));
    const shown = new Map<string, Json[]>();
    for (const { sender, text } of messages) {
      const theirs = shown.get(sender) ?? [];
      shown.set(sender, theirs);
      theirs.push({ msg_from: names.get(sender)!, msg_to: account.nama, msg: text });
    }
    const all = senders.map(({ username }): [string, Json] => [username, shown.get(username) ?? NONE]);
    // Also when nothing is shown: what is hidden becomes read with what is not.
    if (upTo > carried) caller.deliver(account, upTo);
    else caller.stand();
    return { status: 'OK', messages: await manyMembers(all) };
  },
});
