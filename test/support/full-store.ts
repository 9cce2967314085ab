import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hashPassword } from '../../src/store/passwords.ts';
import { migrate } from '../../src/store/schema.ts';

/** How much there is of everything: the limits, or as much as can be filled in some seconds. */
export const FULL = {
  accounts: 10_000,
  unread: 100_000,
  senders: 5_000,
  /** In one conversation, read. */
  conversation: 20_000,
  groups: 200,
  members: 10_000,
  /** In the large group: deleted, and the owner's own. */
  deleted: 50_000,
  own: 6_000,
  /** In each other group. */
  inGroup: 50,
  sessions: 10_000,
  blocked: 9_990,
  /** Of the last messages: their words are to be brought into pages as those of new ones are, all others' as those of an older version. */
  inNoPage: 30_000,
};

export const PASSWORD = 'surabaya';

/** The number of the last message that is in the indexes. */
export const lastNumber = (): number =>
  FULL.unread + FULL.conversation + FULL.deleted + FULL.own + FULL.groups * FULL.inGroup;

/**
 * Fills the database of a folder: `full`, account 1, has as much as an account can have of everything. Account 2 is in the same large
 * group, `lab`, and has nothing else. Everybody else is called other and a number, but for `more`, by username, who have nothing. All
 * have the same password.
 */
export async function fillDatabase(folder: string, more: readonly string[] = []): Promise<void> {
  using db = new DatabaseSync(join(folder, 'benang.db'));
  migrate(db, 0);
  const hash = await hashPassword(PASSWORD);
  const numbers = (count: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  let last = 0;
  /** `columns` of `i`, a number from 1 on. */
  const messages = (count: number, columns: string): string => {
    const sql = `${numbers(count)} INSERT INTO message
      (id, sender, recipient, group_id, text, sent_at, read_at, deleted_at, indexed)
      SELECT i + ${last}, ${columns}, 1 FROM n`;
    last += count;
    return sql;
  };
  db.exec(`BEGIN;
    ${numbers(FULL.accounts)} INSERT INTO account (id, username, nama, negara, password_hash, skeleton)
      SELECT i, CASE i WHEN 1 THEN 'full' ELSE 'other' || i END, 'Full Name ' || i, 'Indonesia', '${hash}', 'skeleton' || i FROM n;
    ${messages(FULL.unread, `2 + i % ${FULL.senders}, 1, NULL, 'unread message ' || i, 5, NULL, NULL`)};
    ${messages(FULL.conversation, `CASE i % 2 WHEN 0 THEN 1 ELSE 2 END, CASE i % 2 WHEN 0 THEN 2 ELSE 1 END, NULL, 'said ' || i, 5, 6, NULL`)};
    ${numbers(FULL.groups)} INSERT INTO groups (id, name, skeleton) SELECT i, CASE i WHEN 1 THEN 'lab' ELSE 'group' || i END, i FROM n;
    ${messages(FULL.deleted, `3, NULL, 1, '', 5, 6, 6`)};
    ${messages(FULL.own, `1, NULL, 1, printf('%.*c', 2000, 'x'), 5, NULL, NULL`)};
    ${messages(FULL.groups * FULL.inGroup, `4, NULL, 1 + i % ${FULL.groups}, 'to all ' || i, 5, NULL, NULL`)};
    ${numbers(FULL.members)} INSERT INTO member SELECT 1, i, 0, 0 FROM n;
    ${numbers(FULL.groups)} INSERT INTO member SELECT i, 1, 0, 0 FROM n WHERE i > 1;
    ${numbers(FULL.groups)} INSERT INTO member SELECT i, 4, 0, 0 FROM n WHERE i > 1;
    INSERT INTO correspondent (recipient, sender, first_message, unread)
      SELECT recipient, sender, min(id), sum(read_at IS NULL) FROM message WHERE recipient IS NOT NULL GROUP BY recipient, sender;
    UPDATE account SET unread = amount.messages, unread_bytes = amount.bytes FROM (SELECT count(*) AS messages,
      sum(octet_length(text)) AS bytes FROM message WHERE recipient = 1 AND read_at IS NULL) AS amount WHERE id = 1;
    UPDATE account SET sent_unread = amount.messages, sent_unread_bytes = amount.bytes FROM (SELECT sender, count(*) AS messages,
      sum(octet_length(text)) AS bytes FROM message WHERE group_id IS NOT NULL AND read_at IS NULL GROUP BY sender) AS amount
      WHERE id = amount.sender;
    ${numbers(FULL.sessions)} INSERT INTO session (number, id, token_hash, account, used_at, started_at)
      SELECT i, 'session ' || i, 'hash ' || i, 1, ${Date.now()}, 5 FROM n;
    ${numbers(FULL.blocked)} INSERT INTO block SELECT 1, i + ${FULL.accounts - FULL.blocked} FROM n;
    DELETE FROM sqlite_sequence WHERE name = 'message';
    INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ${last});
    UPDATE word_range SET (low, high, next_low, next_high) = (n, n, n, n) FROM (SELECT ${last - FULL.inNoPage} AS n);
    COMMIT`);
  const add = db.prepare(`INSERT INTO account (username, nama, negara, password_hash, skeleton)
    VALUES (?, ?, '-', '${hash}', ?)`);
  for (const username of more) add.run(username, username, `skeleton of ${username}`);
}
