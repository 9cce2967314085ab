export default `
  -- The clock (see Clock) as it was when the machine had been running for so many milliseconds since it was started; boot: which start
  -- that was. One row, none before the database is first opened.
  CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    trusted INTEGER NOT NULL,
    running INTEGER NOT NULL,
    boot TEXT,
    known INTEGER NOT NULL CHECK (known IN (0, 1)),
    gap_before INTEGER,
    gap_off INTEGER CHECK (gap_off IN (0, 1)),
    CHECK ((gap_before IS NULL) = (gap_off IS NULL))
  ) STRICT;
  -- From when on (trusted time) the machine's clock was expected to be so much ahead of trusted time.
  CREATE TABLE clock_bearing (
    since INTEGER NOT NULL,
    ahead INTEGER NOT NULL
  ) STRICT;
  -- What was noted before (trusted time) is older by so many milliseconds than it seems.
  CREATE TABLE clock_gap (
    before INTEGER NOT NULL,
    length INTEGER NOT NULL
  ) STRICT;
  `;
