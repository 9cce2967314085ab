import type { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../startup-error.ts';

/** 'bnng': marks a file as ours (SQLite, "PRAGMA application_id"). */
const APPLICATION_ID = 0x626e6e67;

/**
 * The path from an empty file to today's schema. A step is never changed once released; a new version is a
 * new step at the end. `user_version` in the file counts the steps that it has taken.
 */
const steps: readonly string[] = [
  `
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
  `,
  `
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
  `,
];

/** What `user_version` is in an open database. */
export const schemaVersion = steps.length;

const pragma = (db: DatabaseSync, name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];

/**
 * Brings the database to today's schema, each step in a transaction of its own.
 *
 * @throws StartupError when the file belongs to another program or to a newer version of this one; it is
 * then left as it was.
 */
export function migrate(db: DatabaseSync, path: string): void {
  const version = Number(pragma(db, 'user_version'));
  const ours = pragma(db, 'application_id') === APPLICATION_ID;
  const blank = version === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!ours && !blank) {
    throw new StartupError(`${path} belongs to another program; choose another folder with --data`);
  }
  if (version > steps.length) {
    throw new StartupError(
      `${path} was written by a newer benang (database version ${version}, this one knows ${steps.length}); install that version, or choose another folder with --data`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${step};
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
