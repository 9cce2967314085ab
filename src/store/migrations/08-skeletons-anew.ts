export default `
  -- What a username looks like is told in another way: to be filled in anew.
  UPDATE account SET skeleton = NULL;
  `;
