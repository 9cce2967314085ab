export default `
  -- 'ended': without members; its name is free again, and its messages are being deleted. 'free': they are gone, and the next group
  -- takes this row. (To delete it SQLite would look through all messages for one that refers to it.) Neither has a name of its own.
  ALTER TABLE groups ADD COLUMN state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'ended', 'free'));
  CREATE INDEX groups_gone ON groups (state, id) WHERE state <> 'live';
  UPDATE groups SET state = 'ended', name = name || ' ' || id, password_hash = NULL, skeleton = ''
    WHERE id NOT IN (SELECT group_id FROM member);

  -- The marks of messages that were deleted (see message.key), so that they are not stored again: the last ones of each sender.
  -- place: which one it is, in the order in which they were deleted.
  CREATE TABLE gone_key (
    sender INTEGER NOT NULL REFERENCES account,
    key TEXT NOT NULL,
    message INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (sender, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX gone_key_place ON gone_key (sender, place);
  `;
