import type { Json } from '../protocol/json.ts';
import { defineCommand, word } from './command.ts';
import { isRefused, refuseFor } from './outcomes.ts';

export const inboxgroup = defineCommand({
  name: 'inboxgroup',
  arguments: { token: word, group: word },
  help: 'what others have sent to a group since the last look, by sender',
  session: 'required',
  large: true,
  // As for inbox.
  exclusive: true,
  async run({ group: name }, { store, caller, log }, { id, account }) {
    log(() => `INBOXGROUP: ${id}`);
    const found = await store.groups.inbox(account, name, (group) => caller.carried(account, group));
    if (isRefused(found)) return refuseFor(found);
    const bySender = new Map<string, Json[]>();
    for (const { sender, nama, text } of found.messages) {
      const shown = bySender.get(sender) ?? [];
      bySender.set(sender, shown);
      shown.push({ msg_from: nama, msg_to: name, msg: text });
    }
    const last = found.messages.at(-1);
    if (last) caller.deliver(account, last.id, found.group);
    return { status: 'OK', messages: bySender };
  },
});
