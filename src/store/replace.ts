import { constants, copyFileSync, existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { databasePath, flush, refuseFolder, removeTemporaries, TEMPORARY } from './folder.ts';

/*
 * Putting another database in the place of the one in a data folder. A database is a file and its WAL, two names, and a WAL
 * beside another database than its own would be applied to it and destroy it. So the new file first gets the name of a
 * pending one, which is the one step that decides; whoever opens the folder next finishes what was not finished:
 *
 *   1  the old files get a second, temporary name each; flushed      before: nothing has changed
 *   2  the new file is renamed to `pendingPath`; flushed             from here on the new one counts
 *   3  the second names become lasting ones
 *   4  the old WAL's first name is removed; flushed
 *   5  the new file is renamed to the database's name; flushed
 *
 * The caller holds the folder's lock, so nobody opens anything in between.
 */

/** What belongs to a database beside its file. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
const ASIDE = 'benang-replaced-';

/** A complete database that takes the place of the one in the folder as soon as anybody opens that. */
export const pendingPath = (folder: string): string => join(folder, 'benang.db.restored');

/**
 * Puts the database at `fresh`, a complete and flushed file in `folder`, in the place of the folder's own.
 *
 * @returns where the old one is now, or undefined when there was none.
 * @throws StartupError when a folder is in the way.
 */
export function replaceDatabase(folder: string, fresh: string): string | undefined {
  refuseFolder(databasePath(folder));
  const aside = setAside(folder);
  renameSync(fresh, pendingPath(folder));
  flush(folder);
  finishReplacing(folder);
  return aside;
}

/** Does the rest of a replacement that was begun, and undoes what was begun and not decided. */
export function finishReplacing(folder: string): void {
  if (existsSync(pendingPath(folder))) {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(ASIDE) || !name.endsWith(TEMPORARY)) continue;
      renameSync(join(folder, name), join(folder, name.slice(0, -TEMPORARY.length)));
    }
    for (const companion of COMPANIONS) rmSync(`${databasePath(folder)}${companion}`, { force: true });
    flush(folder);
    renameSync(pendingPath(folder), databasePath(folder));
    flush(folder);
  }
  removeTemporaries(folder);
}

/** Gives the database's files their second names, and returns which one its file will have in the end. */
function setAside(folder: string): string | undefined {
  const path = databasePath(folder);
  const files = ['', ...COMPANIONS].filter((companion) => existsSync(`${path}${companion}`));
  if (files.length === 0) return undefined;
  const now = new Date().toISOString().replaceAll(':', '-');
  const aside = join(folder, `${ASIDE}${now}.db`);
  for (const companion of files) keepAs(`${path}${companion}`, `${aside}${companion}${TEMPORARY}`);
  flush(folder);
  return aside;
}

/** A second name for the same file or, where the file system has no such thing, a copy. */
function keepAs(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch {
    copyFileSync(path, name, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    flush(name);
  }
}
