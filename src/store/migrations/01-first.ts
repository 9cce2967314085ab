export default `
  CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    nama TEXT NOT NULL,
    negara TEXT NOT NULL,
    password_hash TEXT NOT NULL
  ) STRICT;

  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender INTEGER NOT NULL REFERENCES account,
    recipient INTEGER NOT NULL REFERENCES account,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    read_at INTEGER
  ) STRICT;
  CREATE INDEX message_unread ON message (recipient, id) WHERE read_at IS NULL;

  -- Who ever wrote to whom; ordered by the first message.
  CREATE TABLE correspondent (
    recipient INTEGER NOT NULL REFERENCES account,
    sender INTEGER NOT NULL REFERENCES account,
    first_message INTEGER NOT NULL REFERENCES message,
    PRIMARY KEY (recipient, sender)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE session (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    token_hash TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account,
    used_at INTEGER NOT NULL
  ) STRICT;
  `;
