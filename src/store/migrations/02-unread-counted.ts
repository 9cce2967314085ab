export default `
  -- How full each inbox is, kept by triggers so that no way of writing a message can forget it.
  ALTER TABLE account ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN unread_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE account SET (unread, unread_bytes) = (
    SELECT count(*), coalesce(sum(octet_length(text)), 0) FROM message
    WHERE recipient = account.id AND read_at IS NULL);

  CREATE TRIGGER message_came AFTER INSERT ON message WHEN new.read_at IS NULL BEGIN
    UPDATE account SET unread = unread + 1, unread_bytes = unread_bytes + octet_length(new.text)
      WHERE id = new.recipient;
  END;
  CREATE TRIGGER message_was_read AFTER UPDATE OF read_at ON message
    WHEN old.read_at IS NULL AND new.read_at IS NOT NULL BEGIN
    UPDATE account SET unread = unread - 1, unread_bytes = unread_bytes - octet_length(old.text)
      WHERE id = old.recipient;
  END;
  CREATE TRIGGER message_went AFTER DELETE ON message WHEN old.read_at IS NULL BEGIN
    UPDATE account SET unread = unread - 1, unread_bytes = unread_bytes - octet_length(old.text)
      WHERE id = old.recipient;
  END;
  `;
