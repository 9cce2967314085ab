export default `
  -- Words are in pages of up to 26 messages of one owner: an account (its id), a group (that, negated), or nobody (0: the page is free).
  DROP TABLE search;
  CREATE TABLE word_page (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    -- The number of its last message; how many bytes it has when it is free.
    last INTEGER NOT NULL,
    -- The numbers of its messages, each as its distance to the one before, in base 36; + before it: the message was edited.
    messages TEXT NOT NULL,
    -- A line for each word: behind it the messages that have it, from A to Z.
    words TEXT NOT NULL
  ) STRICT;
  CREATE INDEX word_page_owner ON word_page (owner, last);

  -- One row: the words of messages behind low up to high are in pages, those up to next_low or behind next_high are not, and in between
  -- they are being written. What is there already is filled in later, from the last message to the first.
  CREATE TABLE word_range (
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    next_low INTEGER NOT NULL,
    next_high INTEGER NOT NULL
  ) STRICT;
  INSERT INTO word_range SELECT seq, seq, seq, seq
    FROM (SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'message');
  `;
