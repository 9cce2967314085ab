import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../startup-error.ts';

/** 'bnng': marks a file as ours (SQLite, "PRAGMA application_id"). */
const APPLICATION_ID = 0x626e6e67;

/**
 * The path from an empty file to today's schema. A step is never changed once released; a new version is a
 * new step at the end. `user_version` in the file counts the steps that it has taken.
 */
export const steps: readonly string[] = [
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
  `
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
  `,
  `
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
  `,
  `
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
  `,
  `
  -- Unread and read messages have an index each, in the order of their numbers: so a message is in two, and not in three.
  DROP INDEX message_to;
  DROP INDEX message_read;
  CREATE INDEX message_read ON message (recipient, id, read_at)
    WHERE indexed AND recipient IS NOT NULL AND read_at IS NOT NULL;
  `,
  `
  -- NULL: it started before that was noted.
  ALTER TABLE session ADD COLUMN started_at INTEGER;

  -- What a username looks like (see skeletonOf); NULL: to be filled in when the database is opened. Two accounts that were made by an
  -- operator, or before there were skeletons, may look alike: so it is not unique, and who registers a name looks for it first.
  ALTER TABLE account ADD COLUMN skeleton TEXT;
  CREATE INDEX account_skeleton ON account (skeleton);
  -- To tell quickly how many there are not.
  CREATE INDEX account_removed ON account (id) WHERE state = 'removed';

  CREATE TABLE invite (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the code, which itself is never stored.
    code_hash TEXT NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When and by whom it was used; NULL: it was not.
    used_at INTEGER,
    account INTEGER UNIQUE REFERENCES account,
    CHECK ((used_at IS NULL) = (account IS NULL))
  ) STRICT;
  `,
  `
  -- What a username looks like is told in another way: to be filled in anew.
  UPDATE account SET skeleton = NULL;
  `,
];

/** What `user_version` is in an open database. */
export const schemaVersion = steps.length;

const pragma = (db: DatabaseSync, name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];

/**
 * How many steps the database has taken; 0 when there is nothing in it.
 *
 * @throws StartupError when it belongs to another program or to a newer version of this one.
 * @throws Error when it is damaged, as SQLite does.
 */
export function versionOf(db: DatabaseSync, path: string): number {
  const version = Number(pragma(db, 'user_version'));
  const ours = pragma(db, 'application_id') === APPLICATION_ID;
  const blank = version === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!ours && !blank) {
    throw new StartupError(`${path} belongs to another program; name another file or folder`);
  }
  if (version < 1 && !blank) {
    throw new Error(`malformed: its version is ${version}`);
  }
  if (version > steps.length) {
    throw new StartupError(
      `${path} was written by a newer benang (database version ${version}, this one knows ${steps.length}); install that version, or name another file or folder`,
    );
  }
  return version;
}

/** Brings the database from `version` to today's schema, each step in a transaction of its own. */
export function migrate(db: DatabaseSync, version: number): void {
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${step};
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** The tables and indexes of a database of this version that are missing in `db` or differ there. */
export function schemaFaults(db: DatabaseSync, version: number): string[] {
  using model = new DatabaseSync(':memory:');
  for (const step of steps.slice(0, version)) model.exec(step);
  const schema = (of: DatabaseSync) =>
    of.prepare('SELECT name, sql FROM sqlite_schema').all() as { name: string; sql: string | null }[];
  const there = new Map(schema(db).map(({ name, sql }) => [name, sql]));
  return schema(model)
    .filter(({ name, sql }) => there.get(name) !== sql)
    .map(({ name }) => name);
}
