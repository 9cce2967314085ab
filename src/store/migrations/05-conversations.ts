export default `
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- NULL: anybody may join.
    password_hash TEXT
  ) STRICT;

  -- joined_after and read_up_to are numbers of messages: members see what came after they joined.
  CREATE TABLE member (
    group_id INTEGER NOT NULL REFERENCES groups,
    account INTEGER NOT NULL REFERENCES account,
    joined_after INTEGER NOT NULL,
    read_up_to INTEGER NOT NULL,
    PRIMARY KEY (group_id, account)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member_account ON member (account);

  -- Whose messages an account does not want. What they send meanwhile is hidden from it for good.
  CREATE TABLE block (
    account INTEGER NOT NULL REFERENCES account,
    blocked INTEGER NOT NULL REFERENCES account,
    PRIMARY KEY (account, blocked)
  ) STRICT, WITHOUT ROWID;

  -- A message goes to an account or to a group. key: the sender's mark, under which it is stored once.
  CREATE TABLE message_2 (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender INTEGER NOT NULL REFERENCES account,
    recipient INTEGER REFERENCES account,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    read_at INTEGER,
    indexed INTEGER NOT NULL DEFAULT 1,
    group_id INTEGER REFERENCES groups,
    hidden INTEGER NOT NULL DEFAULT 0,
    key TEXT,
    edited_at INTEGER,
    deleted_at INTEGER,
    CHECK ((recipient IS NULL) <> (group_id IS NULL))
  ) STRICT;
  INSERT INTO message_2 (id, sender, recipient, text, sent_at, read_at, indexed)
    SELECT id, sender, recipient, text, sent_at, read_at, indexed FROM message;
  DELETE FROM sqlite_sequence WHERE name = 'message_2';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'message_2', seq FROM sqlite_sequence WHERE name = 'message';
  DROP TABLE message;
  ALTER TABLE message_2 RENAME TO message;
  CREATE INDEX message_unread ON message (recipient, id)
    WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL;
  CREATE INDEX message_read ON message (recipient, read_at)
    WHERE indexed AND recipient IS NOT NULL AND read_at IS NOT NULL;
  CREATE INDEX message_to ON message (recipient, id) WHERE indexed AND recipient IS NOT NULL;
  CREATE INDEX message_between ON message (recipient, sender, id) WHERE indexed AND recipient IS NOT NULL;
  CREATE INDEX message_group ON message (group_id, id) WHERE indexed AND group_id IS NOT NULL;
  CREATE UNIQUE INDEX message_key ON message (sender, key) WHERE key IS NOT NULL;

  -- The last change of a message; its number comes from the same row as those of messages.
  CREATE TABLE change (
    message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
    number INTEGER NOT NULL,
    recipient INTEGER REFERENCES account,
    group_id INTEGER REFERENCES groups
  ) STRICT;
  CREATE INDEX change_to ON change (recipient, number) WHERE recipient IS NOT NULL;
  CREATE INDEX change_group ON change (group_id, number) WHERE group_id IS NOT NULL;

  -- Up to which number an account's messages have been handed to a connection of its own that listens.
  ALTER TABLE account ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;

  -- Words of messages, and whose conversation each is in: u and an account's id, or g and a group's.
  CREATE VIRTUAL TABLE search USING fts5(text, parties, content='', tokenize='unicode61 remove_diacritics 2');
  INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
  `;
