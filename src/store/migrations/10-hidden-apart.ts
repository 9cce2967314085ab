export default `
  -- Hidden messages are in indexes of their own: whom they are hidden from never has to read past them.
  DROP INDEX message_read;
  CREATE INDEX message_read ON message (recipient, id, read_at)
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NOT NULL;
  DROP INDEX message_between;
  CREATE INDEX message_between ON message (recipient, sender, id)
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden;
  CREATE INDEX message_hidden_unread ON message (recipient, id)
    WHERE indexed AND recipient IS NOT NULL AND hidden AND read_at IS NULL;
  CREATE INDEX message_hidden_read ON message (recipient, id, read_at)
    WHERE indexed AND recipient IS NOT NULL AND hidden AND read_at IS NOT NULL;
  CREATE INDEX message_hidden_between ON message (recipient, sender, id)
    WHERE indexed AND recipient IS NOT NULL AND hidden;
  `;
