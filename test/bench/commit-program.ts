/** The bare database: one message stored in each commit, as fast as it goes, and nothing else. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { answerCalls } from './helper.ts';
import { TEXT } from './workloads.ts';

/** Between looks at the clock. */
const COMMITS_AT_A_TIME = 10;

const db = new DatabaseSync(join(process.argv[2]!, 'bare.db'));
db.exec(
  'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON',
);
db.exec(`
  CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender INTEGER NOT NULL,
    recipient INTEGER NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    read_at INTEGER
  ) STRICT;
  CREATE INDEX message_unread ON message (recipient, id) WHERE read_at IS NULL;
`);
const add = db.prepare('INSERT INTO message (sender, recipient, text, sent_at) VALUES (?, ?, ?, ?)');

export const calls = {
  commit({ ms }: { ms: number }): { commits: number; seconds: number } {
    const began = performance.now();
    let commits = 0;
    while (performance.now() < began + ms) {
      for (let at = 0; at < COMMITS_AT_A_TIME; at++) add.run(1, 2, TEXT, Date.now());
      commits += COMMITS_AT_A_TIME;
    }
    return { commits, seconds: (performance.now() - began) / 1000 };
  },
};

answerCalls(calls);
