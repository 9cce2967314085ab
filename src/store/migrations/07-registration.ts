export default `
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
  `;
