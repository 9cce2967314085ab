import type { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { printable } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { explained } from '../store/open.ts';
import type { Subcommand } from '../subcommand.ts';
import { withDatabase } from './snapshot.ts';

/** Characters written at once. */
const CHUNK = 64 * 1024;

const exportSettings = z.object({
  data: dataFolder,
  user: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .meta({ value: 'NAME', description: 'only messages from and to this account' }),
});

export const exportMessages: Subcommand = {
  settings: exportSettings,
  intro: `Prints all messages, read and unread, oldest first, as one JSON object a line:

  {"id": 1, "from": "messi", "to": "lineker", "text": "halo", "sent_at": "2026-01-31T12:00:00.000Z", "read_at": null}

While the server runs they come from a copy, so it takes room in the data folder for a while.`,

  async run(args) {
    const { data, user } = readSettings(exportSettings, args, process.env);
    await withDatabase(data, (db, path) => {
      const account = user === undefined ? undefined : explained(path, () => accountId(db, user));
      return pipeline(lines(db, path, account), process.stdout, { end: false });
    });
    return 0;
  },
};

function accountId(db: DatabaseSync, username: string): number {
  const found = db.prepare('SELECT id FROM account WHERE username = ?').get(username);
  if (!found)
    throw new StartupError(`there is no account ${printable(username)}; benang user list shows them`);
  return Number(found.id);
}

/** The lines, some in each chunk. Between two chunks a Ctrl-C is heard. */
async function* lines(db: DatabaseSync, path: string, account: number | undefined): AsyncGenerator<string> {
  const mine = account === undefined ? '' : 'WHERE recipient = :account OR sender = :account';
  const messages = explained(path, () =>
    db
      .prepare(
        `SELECT message.id, f.username AS "from", t.username AS "to", text, sent_at, read_at FROM message
         JOIN account AS f ON f.id = sender JOIN account AS t ON t.id = recipient ${mine} ORDER BY message.id`,
      )
      .iterate(account === undefined ? {} : { account }),
  );
  let chunk = '';
  for (;;) {
    const { value: row, done } = explained(path, () => messages.next());
    if (!done)
      chunk += `${JSON.stringify({ ...row, sent_at: iso(row.sent_at), read_at: iso(row.read_at) })}\n`;
    if (chunk.length < CHUNK && !done) continue;
    yield chunk;
    if (done) return;
    chunk = '';
    await nextTurn();
  }
}

const iso = (milliseconds: unknown): string | null =>
  milliseconds === null ? null : new Date(Number(milliseconds)).toISOString();
