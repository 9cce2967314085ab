export default `
  -- Unread and read messages have an index each, in the order of their numbers: so a message is in two, and not in three.
  DROP INDEX message_to;
  DROP INDEX message_read;
  CREATE INDEX message_read ON message (recipient, id, read_at)
    WHERE indexed AND recipient IS NOT NULL AND read_at IS NOT NULL;
  `;
