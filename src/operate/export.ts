import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { printableLines } from '../output.ts';
import { printable } from '../printable.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { explained } from '../store/open.ts';
import { versionOf } from '../store/schema.ts';
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

type Row = Record<string, SQLOutputValue>;

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
  const messages = explained(path, () => {
    // What is opened as it is may be of a version without groups.
    const groups = versionOf(db, path) < GROUPS_SINCE ? WITHOUT_GROUPS : WITH_GROUPS;
    return db
      .prepare(
        `SELECT message.id, f.username AS "from", t.username AS "to", text, sent_at, read_at, ${groups.columns}
         FROM message JOIN account AS f ON f.id = sender LEFT JOIN account AS t ON t.id = recipient
         ${groups.join} ${mine} ORDER BY message.id`,
      )
      .iterate(account === undefined ? {} : { account });
  });
  let chunk = '';
  for (;;) {
    const { value: row, done } = explained(path, () => messages.next());
    if (!done) chunk += `${JSON.stringify(shown(row))}\n`;
    if (chunk.length < CHUNK && !done) continue;
    // Into a file or pipe as it is.
    yield process.stdout.isTTY ? printableLines(chunk) : chunk;
    if (done) return;
    chunk = '';
    await nextTurn();
  }
}

const GROUPS_SINCE = 5;
const WITH_GROUPS = {
  columns: 'groups.name AS "group", edited_at, deleted_at',
  join: 'LEFT JOIN groups ON groups.id = group_id',
};
const WITHOUT_GROUPS = { columns: 'NULL AS "group", NULL AS edited_at, NULL AS deleted_at', join: '' };

/** What a message has none of is left out, but when it was read. */
function shown({ id, from, to, group, text, sent_at, read_at, edited_at, deleted_at }: Row): object {
  return {
    id,
    from,
    ...(group === null ? { to } : { group }),
    text,
    sent_at: iso(sent_at),
    read_at: iso(read_at),
    ...(edited_at === null ? {} : { edited_at: iso(edited_at) }),
    ...(deleted_at === null ? {} : { deleted_at: iso(deleted_at) }),
  };
}

const iso = (milliseconds: unknown): string | null =>
  milliseconds === null ? null : new Date(Number(milliseconds)).toISOString();
