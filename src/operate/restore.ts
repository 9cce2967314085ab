import { relative, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { askServer, NoServerError } from '../control/client.ts';
import { say } from '../output.ts';
import { dataFolder, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import { contents, problemsOf } from '../store/check.ts';
import { copyDatabase } from '../store/copy.ts';
import { databasePath, isThere, lockFolder, temporaryPath } from '../store/folder.ts';
import { goOnBehind, lookAtReplaced, type Replaced } from '../store/incarnations.ts';
import { explained, openFile } from '../store/open.ts';
import { asMyself } from '../store/owner.ts';
import { finishReplacing, replaceDatabase } from '../store/replace.ts';
import { versionOf } from '../store/schema.ts';
import type { Subcommand } from '../subcommand.ts';
import { seal, showCopying, tell } from './snapshot.ts';
import { withTemporaryFile } from './temporary.ts';

/** The first version of the database that has them. */
const INVITES_SINCE = 7;

const restoreSettings = z.object({ data: dataFolder });

export const restore: Subcommand = {
  settings: restoreSettings,
  argument: 'FILE',
  intro: `Puts a backup in the place of the data, when no server runs on it. FILE is checked before anything is touched, and the
replaced database is kept beside the new one. What was sent or changed after the backup is not there any more: accounts,
passwords and messages are as they were. New messages have numbers behind those of the replaced database. All sessions and unused invites end, for some of them may have been ended or used since.`,

  async run([file, ...args]) {
    if (!file || file.startsWith('-')) {
      throw new StartupError('restore needs the name of a backup; see --help', { exitCode: 2 });
    }
    const { data } = readSettings(restoreSettings, args, process.env);
    const path = resolve(file);
    if (!isThere(path)) throw new StartupError(`there is no file ${file}; name a backup`);
    await refuseRunningServer(data);
    // Before a folder is made for it.
    asMyself(() => openFile(path)).close();
    const lock = lockFolder(data);
    try {
      explained(data, () => finishReplacing(data));
      const replaced = lookAt(databasePath(data));
      const fresh = temporaryPath(data, 'restore');
      await withTemporaryFile(fresh, async () => {
        const { accounts, messages } = await copyChecked(path, fresh, replaced);
        const aside = explained(data, () => replaceDatabase(data, fresh));
        say(`restored ${accounts} accounts and ${messages} messages into ${data}`);
        if (aside) say(`the replaced database is now ${relative('', aside)}`);
        if (replaced?.isLast === false) {
          say(
            'it is damaged, and which numbers it had given to messages cannot be read: the next ones are far beyond',
          );
        }
      });
    } finally {
      lock.release();
    }
    return 0;
  },
};

/** @throws StartupError when a server answers on the data folder. */
async function refuseRunningServer(data: string): Promise<void> {
  try {
    await askServer(data, { command: 'status', brief: true });
  } catch (error) {
    if (error instanceof NoServerError) return;
    throw error;
  }
  throw new StartupError(`a server runs on ${data}; end it first with benang stop`);
}

/**
 * Copies a backup into the empty file at `fresh`, without its sessions, lets it go on behind what it replaces, checks the copy and
 * flushes it.
 *
 * @throws StartupError when it cannot be read or there is anything wrong with it.
 */
async function copyChecked(
  path: string,
  fresh: string,
  replaced: Replaced | undefined,
): Promise<{ accounts: number; messages: number }> {
  const damaged = (what: string) =>
    new StartupError(`${path} is damaged (${what}); nothing was replaced, restore another backup`);
  using backup = asMyself(() => openFile(path));
  await copyDatabase(backup, fresh, { progress: showCopying() });
  tell('checking the copy');
  seal(fresh, (db) => {
    endSessions(db, versionOf(db, fresh));
    if (replaced) goOnBehind(db, replaced);
  });
  using copy = openFile(fresh);
  return explained(fresh, () => {
    const version = versionOf(copy, fresh);
    const [problem] = problemsOf(copy, version);
    tell('', true);
    if (problem !== undefined) throw damaged(problem);
    return contents(copy, version);
  });
}

/** Ends all sessions and unused invites of a database, which may be of a version without invites. */
function endSessions(db: DatabaseSync, version: number): void {
  db.exec('DELETE FROM session');
  if (version >= INVITES_SINCE) db.exec('DELETE FROM invite WHERE account IS NULL');
}

/** What can be known of the database that is to be replaced; undefined when there is none. */
function lookAt(path: string): Replaced | undefined {
  if (!isThere(path)) return undefined;
  try {
    using db = openFile(path);
    return lookAtReplaced(db);
  } catch {
    return { last: 0, isLast: false, lost: [] };
  }
}
