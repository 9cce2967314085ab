import type { Json } from '../protocol/json.ts';
import type { Message } from '../store/conversations.ts';

/** A message as replies list it: the keys that its event has, and what has become of it since. */
export const messageJson = (message: Message): Json => ({
  id: message.id,
  from: message.from,
  to: message.to,
  group: message.group,
  msg: message.text,
  sent_at: message.sentAt,
  read_at: message.readAt,
  edited_at: message.editedAt,
  deleted_at: message.deletedAt,
});
