import { afterEach } from '@jest/globals';
import { openDatabase } from '../../src/store/open.ts';
import { SqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite.ts';
import type { Account, Store } from '../../src/store/store.ts';
import { tempFolder } from './temp-folder.ts';

const open = new Set<Store>();

afterEach(async () => {
  for (const store of open) await store.close();
  open.clear();
});

/** A real store in a fresh folder, closed when the test has ended. */
export function openStore(
  folder = tempFolder(),
  inbox = { messages: 1e6, bytes: 1e9 },
  others: Omit<SqliteStoreOptions, 'inbox'> = {},
): Store {
  const store = new SqliteStore(openDatabase(folder), { inbox, ...others });
  open.add(store);
  return store;
}

/** Closes a store before its test ends. */
export async function closeStore(store: Store): Promise<void> {
  open.delete(store);
  await store.close();
}

/** Looks like a password's hash, and is none's. */
export const noPassword = '$argon2id$none';

/** Adds accounts that nobody can log in to, and returns them by username. */
export async function addAccounts<Name extends string>(
  store: Store,
  ...names: Name[]
): Promise<Record<Name, Account>> {
  await store.addAccounts(
    names.map((username) => ({
      username,
      nama: username.toUpperCase(),
      negara: 'Nowhere',
      passwordHash: noPassword,
    })),
  );
  const entries = names.map(async (name) => [name, (await store.credentials(name))!.account] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<Name, Account>;
}
