import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerSettings } from '../config.ts';
import type { Log } from '../log.ts';
import { skeletonOf } from '../names/skeleton.ts';
import { printableName } from '../printable.ts';
import { hashPasswords, readEntries } from '../store/accounts-file.ts';
import { asMyself } from '../store/owner.ts';
import type { NewAccount, Store } from '../store/store.ts';

/** Of names that look alike so many are told. */
const MOST_WARNED = 10;

/** Files that come with the program, beside its source or its build. */
export interface ProgramFiles {
  /** The connection thread's bundle. */
  readonly thread: string;
  /** The course's three accounts. */
  readonly accounts: string;
}

/**
 * Fills an empty database with accounts: those of the settings, else those in the data folder, else the course's. Resolves to
 * whether it was empty.
 *
 * @throws StartupError when the file is bad.
 */
export async function importAccounts(
  store: Store,
  settings: ServerSettings,
  files: ProgramFiles,
  log: Log,
): Promise<boolean> {
  if (!(await store.isEmpty())) {
    if (settings.accounts) {
      log.write('warn', 'the database has accounts already; the accounts file is not read', {
        file: settings.accounts,
      });
    }
    return false;
  }
  const beside = join(settings.data, 'users.json');
  const file = settings.accounts ?? (existsSync(beside) ? beside : files.accounts);
  let shownAt = performance.now();
  // What is in the data folder is read as its owner, and what the operator has named, or is ours, as who runs this.
  const entries = file === beside ? readEntries(file) : asMyself(() => readEntries(file));
  const accounts = await hashPasswords(entries, (done, all) => {
    if (done < all && performance.now() - shownAt < 1000) return;
    shownAt = performance.now();
    log.write('info', 'importing accounts', { file, done, of: all });
  });
  await store.addAccounts(accounts);
  warnOfLookAlikes(accounts, log);
  return true;
}

function warnOfLookAlikes(accounts: readonly NewAccount[], log: Log): void {
  const alike = Map.groupBy(accounts, ({ username }) => skeletonOf(username));
  for (const names of [...alike.values()].filter(({ length }) => length > 1).slice(0, MOST_WARNED)) {
    log.write('warn', 'names of users look alike, and people will take one for the other', {
      users: names
        .slice(0, MOST_WARNED)
        .map(({ username }) => printableName(username))
        .join(', '),
    });
  }
}
