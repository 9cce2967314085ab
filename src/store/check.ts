import type { DatabaseSync } from 'node:sqlite';
import { schemaFaults } from './schema.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** How many there are of it, when it can be counted. */
  readonly count: number | undefined;
  /** What is wrong, at most `MOST_PROBLEMS` of it. */
  readonly problems: readonly string[];
}

const MOST_PROBLEMS = 20;

interface Invariant {
  readonly what: string;
  /** The first version of the database that has it. */
  readonly since: number;
  /** The last version that has it; undefined: today's too. */
  readonly until?: number;
  readonly count: string;
  /** Selects what is wrong, as `problem`. */
  readonly wrong: string;
}

/** What our own code relies on, beyond what SQLite checks. */
const invariants: readonly Invariant[] = [
  {
    what: 'accounts',
    since: 1,
    count: 'SELECT count(*) AS n FROM account',
    wrong: `SELECT 'account ' || id || ' has no username' AS problem FROM account WHERE id < 1 OR username = ''`,
  },
  {
    what: 'accounts can log in if they may',
    since: 3,
    count: `SELECT count(*) AS n FROM account WHERE state <> 'removed'`,
    wrong: `SELECT 'account ' || username || ' has no password hash' AS problem FROM account
      WHERE state <> 'removed' AND password_hash NOT LIKE '$argon2id$%'`,
  },
  {
    what: 'removed accounts have no password and no sessions',
    since: 3,
    until: 11,
    count: `SELECT count(*) AS n FROM account WHERE state = 'removed'`,
    wrong: `SELECT 'account ' || username || ' is removed and has a password or sessions' AS problem FROM account
      WHERE state = 'removed' AND (password_hash <> '' OR id IN (SELECT account FROM session))`,
  },
  {
    what: 'sessions are of accounts that may log in',
    since: 3,
    until: 11,
    count: 'SELECT count(*) AS n FROM session',
    wrong: `SELECT 'session ' || session.id || ' is of ' || username || ', who is ' || state AS problem
      FROM session JOIN account ON account.id = account WHERE state <> 'enabled'`,
  },
  {
    what: 'removed accounts have no password and no sessions',
    since: 12,
    count: `SELECT count(*) AS n FROM account WHERE state = 'removed'`,
    wrong: `SELECT 'account ' || username || ' is removed and has a password or sessions' AS problem FROM account
      WHERE state = 'removed' AND (password_hash <> '' OR id IN (SELECT account FROM session WHERE number > sessions_ended))`,
  },
  {
    what: 'sessions are of accounts that may log in',
    since: 12,
    count: 'SELECT count(*) AS n FROM session',
    wrong: `SELECT 'session ' || session.id || ' is of ' || username || ', who is ' || state AS problem
      FROM session JOIN account ON account.id = account WHERE state <> 'enabled' AND number > sessions_ended`,
  },
  {
    what: 'messages have numbers and times',
    since: 1,
    count: 'SELECT count(*) AS n FROM message',
    wrong: `SELECT 'message ' || id || ' has no valid number or time' AS problem FROM message
      WHERE id < 1 OR sent_at < 1 OR sent_at > 8.64e15 OR read_at < 1 OR read_at > 8.64e15`,
  },
  {
    what: 'messages that are not in the indexes yet are the last ones',
    since: 4,
    count: 'SELECT count(*) AS n FROM message WHERE NOT indexed',
    wrong: `SELECT 'message ' || id || ' is not in the indexes, and later ones are' AS problem FROM message
      WHERE NOT indexed AND id < (SELECT max(id) FROM message WHERE indexed)`,
  },
  {
    what: 'message numbers grow',
    since: 1,
    count: `SELECT coalesce(max(seq), 0) AS n FROM sqlite_sequence WHERE name = 'message'`,
    wrong: `SELECT 'message ' || max(id) || ' is beyond the last number that was given' AS problem FROM message
      HAVING max(id) > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message')`,
  },
  {
    what: 'senders are correspondents of their recipients',
    since: 1,
    count: 'SELECT count(*) AS n FROM correspondent',
    wrong: `SELECT 'account ' || recipient || ' does not know ' || sender || ', who wrote message ' || min(id) AS problem
      FROM message WHERE NOT EXISTS (SELECT 1 FROM correspondent WHERE correspondent.recipient = message.recipient
        AND correspondent.sender = message.sender AND first_message <= message.id) GROUP BY recipient, sender`,
    until: 4,
  },
  {
    what: 'senders are correspondents of their recipients',
    since: 5,
    count: 'SELECT count(*) AS n FROM correspondent',
    wrong: `SELECT 'account ' || recipient || ' does not know ' || sender || ', who wrote message ' || min(id) AS problem
      FROM message WHERE recipient IS NOT NULL AND NOT hidden AND NOT EXISTS (SELECT 1 FROM correspondent
        WHERE correspondent.recipient = message.recipient AND correspondent.sender = message.sender
        AND first_message <= message.id) GROUP BY recipient, sender`,
  },
  {
    what: 'members have joined and read what there was',
    since: 5,
    count: 'SELECT count(*) AS n FROM member',
    wrong: `SELECT 'account ' || account || ' has an impossible place in group ' || group_id AS problem FROM member
      WHERE joined_after < 0 OR read_up_to < joined_after
        OR read_up_to > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message')`,
  },
  {
    what: 'groups that have ended have no members, and others do',
    since: 11,
    count: `SELECT count(*) AS n FROM groups WHERE state = 'live'`,
    wrong: `SELECT 'group ' || name || ' is ' || state || ', with or without members' AS problem FROM groups
      WHERE (state = 'live') <> (id IN (SELECT group_id FROM member))`,
  },
  {
    what: 'groups whose messages are gone have none',
    since: 11,
    count: `SELECT count(*) AS n FROM groups WHERE state = 'free'`,
    wrong: `SELECT 'message ' || message.id || ' is in group ' || group_id || ', which is free' AS problem
      FROM message JOIN groups ON groups.id = group_id WHERE state = 'free'`,
  },
  {
    what: 'what was sent to groups and is unread is counted',
    since: 13,
    count: 'SELECT coalesce(sum(sent_unread), 0) AS n FROM account',
    wrong: `SELECT 'account ' || username || ' has sent ' || ifnull(messages, 0) || ' messages of ' || ifnull(bytes, 0)
        || ' bytes to groups that are unread, and ' || sent_unread || ' of ' || sent_unread_bytes || ' are counted' AS problem
      FROM account LEFT JOIN (SELECT sender, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
        WHERE indexed AND group_id IS NOT NULL AND read_at IS NULL GROUP BY sender) ON sender = account.id
      WHERE (sent_unread, sent_unread_bytes) <> (ifnull(messages, 0), ifnull(bytes, 0))`,
  },
  {
    what: 'what all members of a group have read is noted',
    since: 13,
    count: 'SELECT count(*) AS n FROM message WHERE group_id IS NOT NULL AND read_at IS NOT NULL',
    wrong: `SELECT 'message ' || message.id || ' in group ' || group_id || ' was read, and that is not noted' AS problem
      FROM message JOIN groups ON groups.id = group_id
      WHERE state = 'live' AND read_at IS NULL AND message.id <= read_by_all`,
  },
  {
    what: 'keys of deleted messages are no other message’s',
    since: 11,
    count: 'SELECT count(*) AS n FROM gone_key',
    wrong: `SELECT 'key of message ' || gone_key.message || ' is that of message ' || message.id || ' too' AS problem
      FROM gone_key JOIN message ON message.sender = gone_key.sender AND message.key = gone_key.key`,
  },
  {
    what: 'unread messages are counted',
    since: 12,
    count: 'SELECT coalesce(sum(unread), 0) AS n FROM account',
    wrong: `SELECT 'account ' || username || ' has ' || ifnull(messages, 0) || ' unread messages of ' || ifnull(bytes, 0)
        || ' bytes, and ' || unread || ' of ' || unread_bytes || ' are counted' AS problem
      FROM account LEFT JOIN (SELECT recipient, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
        WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL GROUP BY recipient) ON recipient = account.id
      WHERE state <> 'removed' AND (unread, unread_bytes) <> (ifnull(messages, 0), ifnull(bytes, 0))`,
  },
  {
    what: 'hidden unread messages are counted',
    since: 12,
    count: 'SELECT coalesce(sum(hidden_unread), 0) AS n FROM account',
    wrong: `SELECT 'account ' || username || ' has ' || ifnull(messages, 0) || ' hidden unread messages of ' || ifnull(bytes, 0)
        || ' bytes, and ' || hidden_unread || ' of ' || hidden_unread_bytes || ' are counted' AS problem
      FROM account LEFT JOIN (SELECT recipient, count(*) AS messages, sum(octet_length(text)) AS bytes FROM message
        WHERE indexed AND recipient IS NOT NULL AND hidden AND read_at IS NULL GROUP BY recipient) ON recipient = account.id
      WHERE state <> 'removed' AND (hidden_unread, hidden_unread_bytes) <> (ifnull(messages, 0), ifnull(bytes, 0))`,
  },
  {
    what: 'unread messages are counted by sender',
    since: 12,
    count: 'SELECT count(*) AS n FROM correspondent WHERE unread > 0',
    wrong: `SELECT 'account ' || correspondent.recipient || ' has ' || ifnull(messages, 0) || ' unread messages from '
        || correspondent.sender || ', and ' || unread || ' are counted' AS problem
      FROM correspondent LEFT JOIN (SELECT recipient, sender, count(*) AS messages FROM message
        WHERE indexed AND recipient IS NOT NULL AND NOT hidden AND read_at IS NULL GROUP BY recipient, sender) AS amount
        ON amount.recipient = correspondent.recipient AND amount.sender = correspondent.sender
      WHERE unread <> ifnull(messages, 0)
        AND correspondent.recipient NOT IN (SELECT id FROM account WHERE state = 'removed')`,
  },
  {
    what: 'members are counted',
    since: 12,
    count: 'SELECT coalesce(sum(members), 0) AS n FROM groups',
    wrong: `SELECT 'group ' || name || ' has ' || (SELECT count(*) FROM member WHERE group_id = groups.id)
        || ' members, and ' || members || ' are counted' AS problem
      FROM groups WHERE members <> (SELECT count(*) FROM member WHERE group_id = groups.id)`,
  },
  {
    what: 'changes are of messages that were changed',
    since: 5,
    count: 'SELECT count(*) AS n FROM change',
    wrong: `SELECT 'change ' || number || ' is of message ' || message || ', which was not changed' AS problem
      FROM change JOIN message ON message.id = message WHERE edited_at IS NULL AND deleted_at IS NULL`,
  },
  {
    what: 'gaps of the clock are of some length',
    since: 14,
    count: 'SELECT count(*) AS n FROM clock_gap',
    wrong: `SELECT 'the gap before ' || before || ' has no length' AS problem FROM clock_gap WHERE length < 1`,
  },
  {
    what: 'incarnations follow one another',
    since: 16,
    count: 'SELECT count(*) AS n FROM incarnation',
    wrong: `SELECT 'incarnation ' || id || ' does not go on behind the one before it' AS problem FROM
      (SELECT id, base, first, lag(first, 1, 1) OVER (ORDER BY place) AS before FROM incarnation)
      WHERE first <= base OR first < before`,
  },
  {
    what: 'invites are stored as hashes and end',
    since: 7,
    count: 'SELECT count(*) AS n FROM invite',
    wrong: `SELECT 'invite ' || id || ' has no valid hash or time' AS problem FROM invite
      WHERE length(code_hash) <> 43 OR made_at < 1 OR expires_at <= made_at OR used_at < made_at`,
  },
  {
    what: 'pages of words are of messages that are said to be in pages',
    since: 15,
    count: 'SELECT count(*) AS n FROM word_page',
    wrong: `SELECT 'it is not told once of which messages the words are in pages' AS problem
        WHERE (SELECT count(*) FROM word_range) <> 1
      UNION ALL SELECT 'the words of messages up to ' || next_high || ' are said to be in pages' FROM word_range
        WHERE low > high OR next_low > low OR next_high < high
          OR next_high > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message')
      UNION ALL SELECT 'page of words ' || id || ' is of messages up to ' || last || ', which are in no page'
        FROM word_page, word_range WHERE owner <> 0 AND (last <= next_low OR last > next_high)`,
  },
];

/**
 * Looks a whole database of this version through, one thing after the other: its file, its schema, what refers to what, and
 * what our own code relies on. When the file or the schema is damaged the rest would say nothing, and is left out.
 */
export function* checkDatabase(db: DatabaseSync, version: number): Generator<Finding> {
  const first = [pages(db), schema(db, version)];
  yield* first;
  if (first.some(({ problems }) => problems.length > 0)) return;
  yield references(db);
  for (const { what, since, until = version, count, wrong } of invariants) {
    if (since > version || until < version) continue;
    yield {
      what,
      count: countOf(db, count),
      problems: db
        .prepare(`${wrong} LIMIT ${MOST_PROBLEMS}`)
        .all()
        .map(({ problem }) => String(problem)),
    };
  }
}

function pages(db: DatabaseSync): Finding {
  const found = attempt(() =>
    db
      .prepare(`PRAGMA integrity_check(${MOST_PROBLEMS})`)
      .all()
      .map((row) => String(row.integrity_check)),
  );
  const count = found[0] === 'ok' ? countOf(db, 'SELECT page_count AS n FROM pragma_page_count') : undefined;
  return { what: 'pages of the file', count, problems: found.filter((line) => line !== 'ok') };
}

function schema(db: DatabaseSync, version: number): Finding {
  const problems = attempt(() => schemaFaults(db, version).map((name) => `${name} is missing or not ours`));
  return { what: `schema, version ${version}`, count: undefined, problems };
}

function references(db: DatabaseSync): Finding {
  const problems = db
    .prepare(`SELECT * FROM pragma_foreign_key_check LIMIT ${MOST_PROBLEMS}`)
    .all()
    .map(({ table, rowid, parent }) => `${table} ${rowid} refers to no ${parent}`);
  return { what: 'references between tables', count: undefined, problems };
}

/** A damaged file may make a look at it fail: that is what is wrong, then. */
function attempt(look: () => string[]): string[] {
  try {
    return look();
  } catch (error) {
    return [(error as Error).message];
  }
}

const countOf = (db: DatabaseSync, sql: string): number => Number(db.prepare(sql).get()?.n);

/** All that is wrong with a database, see checkDatabase(). */
export const problemsOf = (db: DatabaseSync, version: number): string[] =>
  [...checkDatabase(db, version)].flatMap(({ problems }) => problems);

/** How many accounts and messages a database holds that is not damaged; removed accounts are not counted. */
export function contents(db: DatabaseSync, version: number): { accounts: number; messages: number } {
  const kept = version < 3 ? '' : ` WHERE state <> 'removed'`;
  return {
    accounts: countOf(db, `SELECT count(*) AS n FROM account${kept}`),
    messages: countOf(db, 'SELECT count(*) AS n FROM message'),
  };
}
