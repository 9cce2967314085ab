export default `
  -- read_at of a message to a group: when it was found that all members have read it, who were there when it was sent. What was taken
  -- back nobody has to read any more.
  UPDATE message SET read_at = deleted_at WHERE group_id IS NOT NULL AND deleted_at IS NOT NULL;
  CREATE INDEX message_group_read ON message (group_id, id, read_at)
    WHERE indexed AND group_id IS NOT NULL AND read_at IS NOT NULL;
  -- All messages of a group up to this number have a read_at.
  ALTER TABLE groups ADD COLUMN read_by_all INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX account_disabled ON account (id) WHERE state = 'disabled';

  -- Of what an account has sent to groups: what has no read_at, of that which is in the indexes.
  ALTER TABLE account ADD COLUMN sent_unread INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN sent_unread_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE account SET sent_unread = messages, sent_unread_bytes = bytes FROM (
    SELECT sender, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
    WHERE indexed AND group_id IS NOT NULL AND read_at IS NULL GROUP BY sender) WHERE sender = account.id;
  `;
