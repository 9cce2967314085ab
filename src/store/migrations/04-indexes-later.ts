export default `
  -- How full each inbox is, is counted from the messages.
  DROP TRIGGER message_came;
  DROP TRIGGER message_was_read;
  DROP TRIGGER message_went;
  ALTER TABLE account DROP COLUMN unread;
  ALTER TABLE account DROP COLUMN unread_bytes;

  -- 0: stored, but not yet in the indexes by recipient. Those that are come first in the table.
  ALTER TABLE message ADD COLUMN indexed INTEGER NOT NULL DEFAULT 1;
  DROP INDEX message_unread;
  DROP INDEX message_read;
  CREATE INDEX message_unread ON message (recipient, id) WHERE indexed AND read_at IS NULL;
  CREATE INDEX message_read ON message (recipient, read_at) WHERE indexed AND read_at IS NOT NULL;
  `;
