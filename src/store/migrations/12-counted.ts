export default `
  -- What is unread in each inbox, seen by its owner and hidden from them, is counted where it changes: counting anew would take as
  -- long as there is much. Only what is in the indexes; of a removed account it says nothing.
  ALTER TABLE account ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN unread_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN hidden_unread INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN hidden_unread_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE account SET unread = amount.messages, unread_bytes = amount.bytes FROM (
    SELECT recipient, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL GROUP BY recipient) AS amount
    WHERE account.id = amount.recipient;
  UPDATE account SET hidden_unread = amount.messages, hidden_unread_bytes = amount.bytes FROM (
    SELECT recipient, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
    WHERE indexed AND recipient IS NOT NULL AND hidden AND read_at IS NULL GROUP BY recipient) AS amount
    WHERE account.id = amount.recipient;
  -- The same by sender, of what is seen.
  ALTER TABLE correspondent ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
  UPDATE correspondent SET unread = amount.messages FROM (
    SELECT recipient, sender, count(*) AS messages FROM message
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL GROUP BY recipient, sender) AS amount
    WHERE correspondent.recipient = amount.recipient AND correspondent.sender = amount.sender;

  ALTER TABLE groups ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
  UPDATE groups SET members = (SELECT count(*) FROM member WHERE group_id = groups.id);
  CREATE TRIGGER member_came AFTER INSERT ON member BEGIN
    UPDATE groups SET members = members + 1 WHERE id = new.group_id;
  END;
  CREATE TRIGGER member_went AFTER DELETE ON member BEGIN
    UPDATE groups SET members = members - 1 WHERE id = old.group_id;
  END;

  -- With the sender, who is then told without a look at the row.
  DROP INDEX message_unread;
  CREATE INDEX message_unread ON message (recipient, id, sender)
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL;
  DROP INDEX message_hidden_unread;
  CREATE INDEX message_hidden_unread ON message (recipient, id, sender)
    WHERE indexed AND recipient IS NOT NULL AND hidden AND read_at IS NULL;
  -- What can be unread in a group.
  CREATE INDEX message_group_live ON message (group_id, id, sender)
    WHERE indexed AND group_id IS NOT NULL AND deleted_at IS NULL;

  -- Sessions up to this number have ended, with a change of the account; their rows are deleted a little later.
  ALTER TABLE account ADD COLUMN sessions_ended INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX session_account ON session (account);

  CREATE INDEX invite_unused ON invite (expires_at) WHERE account IS NULL;
  `;
