export default `
  -- Each time that the database was opened to be written to, in order: it held numbers (of messages and changes) up to base, and gave
  -- those from first on.
  CREATE TABLE incarnation (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    base INTEGER NOT NULL,
    first INTEGER NOT NULL
  ) STRICT;
  -- Those of databases that a backup has taken the place of: each began with what its parent had up to base.
  CREATE TABLE lost_incarnation (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    parent TEXT,
    base INTEGER NOT NULL
  ) STRICT;
  `;
