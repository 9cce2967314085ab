export default `
  -- Messages can be deleted, and who wrote to whom is kept: so nothing refers to a message.
  CREATE TABLE correspondent_2 (
    recipient INTEGER NOT NULL REFERENCES account,
    sender INTEGER NOT NULL REFERENCES account,
    first_message INTEGER NOT NULL,
    PRIMARY KEY (recipient, sender)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO correspondent_2 SELECT recipient, sender, first_message FROM correspondent;
  DROP TABLE correspondent;
  ALTER TABLE correspondent_2 RENAME TO correspondent;

  -- A removed account's row stays: others have its messages, and nobody else may get its name.
  ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'enabled'
    CHECK (state IN ('enabled', 'disabled', 'removed'));

  CREATE INDEX message_read ON message (recipient, read_at) WHERE read_at IS NOT NULL;
  `;
