import type { ServerEvent } from '../protocol/event.ts';
import type { Kept } from '../store/conversations.ts';

/** The event that tells of something kept. */
export function eventOf({ kind, id, message }: Kept): ServerEvent {
  const { from, to, group, text, sentAt, editedAt, deletedAt } = message;
  switch (kind) {
    case 'message':
      return { event: 'message', id, from, to, group, msg: text, sent_at: sentAt };
    case 'edited':
      return { event: 'edited', id, message: message.id, from, to, group, msg: text, edited_at: editedAt! };
    case 'deleted':
      return { event: 'deleted', id, message: message.id, from, to, group, deleted_at: deletedAt! };
  }
}
