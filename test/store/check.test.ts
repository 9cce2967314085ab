import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from '@jest/globals';
import { checkDatabase } from '../../src/store/check.ts';
import { steps } from '../../src/store/migrations/index.ts';
import { migrate } from '../../src/store/schema.ts';
import { overwrite } from '../support/damage.ts';
import { tempFolder } from '../support/temp-folder.ts';

const HASH = '$argon2id$v=19$m=1,t=1,p=1$x$y';
let path: string;

beforeEach(() => {
  path = join(tempFolder(), 'test.db');
  using db = new DatabaseSync(path);
  migrate(db, 0);
  db.exec(`
    INSERT INTO account (id, username, nama, negara, password_hash, state) VALUES
      (1, 'ann', 'Ann', 'X', '${HASH}', 'enabled'), (2, 'bob', 'Bob', 'Y', '${HASH}', 'disabled'),
      (3, 'cid', 'Cid', 'Z', '', 'removed');
    INSERT INTO message (id, sender, recipient, text, sent_at, read_at, indexed) VALUES
      (1, 1, 2, 'one', 5, NULL, 1), (2, 3, 1, 'two', 6, 7, 0);
    INSERT INTO correspondent (recipient, sender, first_message, unread) VALUES (2, 1, 1, 1), (1, 3, 2, 0);
    UPDATE account SET unread = 1, unread_bytes = 3 WHERE id = 2;
    INSERT INTO groups (id, name) VALUES (1, 'lab');
    INSERT INTO member VALUES (1, 2, 0, 0);
    INSERT INTO invite VALUES (1, '${'h'.repeat(43)}', 5, 9, NULL, NULL), (2, '${'i'.repeat(43)}', 5, 9, 6, 2);
    INSERT INTO session (id, token_hash, account, used_at) VALUES ('s', 't', 1, 5)`);
});

/** What is wrong after `sql`, which foreign keys do not hinder. */
function wrongAfter(sql: string): string[] {
  using db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  db.exec(sql);
  return [...checkDatabase(db, steps.length)].flatMap(({ problems }) => problems);
}

test('all is well, and counted', () => {
  using db = new DatabaseSync(path);
  const findings = [...checkDatabase(db, steps.length)];
  expect(findings.flatMap(({ problems }) => problems)).toEqual([]);
  const counts = Object.fromEntries(findings.map(({ what, count }) => [what, count]));
  expect(counts).toMatchObject({
    accounts: 3,
    'removed accounts have no password and no sessions': 1,
    'sessions are of accounts that may log in': 1,
    'messages have numbers and times': 2,
    'invites are stored as hashes and end': 2,
    'senders are correspondents of their recipients': 2,
    'unread messages are counted': 1,
    'unread messages are counted by sender': 1,
    'hidden unread messages are counted': 0,
    'members are counted': 1,
  });
  expect(counts['pages of the file']).toBeGreaterThan(5);
});

test.each([
  ['DELETE FROM word_range', /not told once of which messages the words are in pages/],
  ['UPDATE word_range SET next_high = 99', /words of messages up to 99 are said to be in pages/],
  [
    `INSERT INTO word_page VALUES (1, 1, 7, '7', 'aA')`,
    /page of words 1 is of messages up to 7, which are in no page/,
  ],
  ['DELETE FROM account WHERE id = 1', /message .* refers to no account/],
  [`UPDATE account SET password_hash = 'plain' WHERE id = 1`, /account ann has no password hash/],
  [`UPDATE account SET password_hash = '${HASH}' WHERE id = 3`, /account cid is removed and has a password/],
  ['UPDATE session SET account = 3', /account cid is removed and has a password or sessions/],
  ['UPDATE session SET account = 2', /session s is of bob, who is disabled/],
  [`UPDATE account SET username = '' WHERE id = 1`, /account 1 has no username/],
  [
    'INSERT INTO message (id, sender, recipient, text, sent_at) VALUES (-1, 1, 2, 5, 5)',
    /message -1 has no valid number or time/,
  ],
  ['UPDATE message SET sent_at = 9000000000000000 WHERE id = 2', /message 2 has no valid number or time/],
  ['UPDATE message SET indexed = 1 - indexed', /message 1 is not in the indexes, and later ones are/],
  [`UPDATE sqlite_sequence SET seq = 1 WHERE name = 'message'`, /message 2 is beyond the last number/],
  ['DELETE FROM correspondent WHERE sender = 3', /account 1 does not know 3, who wrote message 2/],
  ['UPDATE correspondent SET first_message = 9', /account 1 does not know 3/],
  [`UPDATE invite SET code_hash = 'plain' WHERE id = 1`, /invite 1 has no valid hash or time/],
  ['UPDATE invite SET account = 9 WHERE id = 2', /invite 2 refers to no account/],
  [
    'UPDATE account SET unread = 2 WHERE id = 2',
    /bob has 1 unread messages of 3 bytes, and 2 of 3 are counted/,
  ],
  ['UPDATE account SET unread_bytes = 2', /ann has 0 unread messages of 0 bytes, and 0 of 2 are counted/],
  [
    'UPDATE account SET hidden_unread = 1 WHERE id = 1',
    /ann has 0 hidden unread messages of 0 bytes, and 1 of 0/,
  ],
  [
    'UPDATE message SET hidden = 1 WHERE id = 1',
    /bob has 1 hidden unread messages of 3 bytes, and 0 of 0 are/,
  ],
  ['UPDATE correspondent SET unread = 2', /account 1 has 0 unread messages from 3, and 2 are counted/],
  ['UPDATE groups SET members = 2', /group lab has 1 members, and 2 are counted/],
  ['DROP INDEX message_read', /message_read is missing or not ours/],
])('%s is found', (sql, problem) => {
  const problems = wrongAfter(sql);
  expect(problems.join('\n')).toMatch(problem);
});

test('states that are none of ours are found', () => {
  expect(
    wrongAfter(`PRAGMA ignore_check_constraints = ON; UPDATE account SET state = 'odd' WHERE id = 1;
      PRAGMA ignore_check_constraints = OFF`),
  ).toEqual(expect.arrayContaining([expect.stringMatching(/CHECK constraint failed in account/)]));
});

test('damaged pages are found, and the rest is left out', () => {
  using look = new DatabaseSync(path);
  const { rootpage } = look.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'message'`).get()!;
  look.close();
  overwrite(path, (Number(rootpage) - 1) * 4096, Buffer.alloc(4096));
  using db = new DatabaseSync(path);
  const findings = [...checkDatabase(db, steps.length)];
  expect(findings.map(({ what }) => what)).toEqual(['pages of the file', `schema, version ${steps.length}`]);
  expect(findings[0]!.problems.length).toBeGreaterThan(0);
});

test('a backup of the first version can be checked too', () => {
  using old = new DatabaseSync(':memory:');
  old.exec(`${steps[0]}; INSERT INTO account VALUES (1, 'ann', 'Ann', 'X', '${HASH}')`);
  expect([...checkDatabase(old, 1)].flatMap(({ problems }) => problems)).toEqual([]);
});
