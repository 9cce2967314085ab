export default `
  -- What a group's name looks like, as for accounts; NULL: to be filled in when the database is opened. Groups that were made before may
  -- look alike.
  ALTER TABLE groups ADD COLUMN skeleton TEXT;
  CREATE INDEX group_skeleton ON groups (skeleton);
  `;
