import type { AccountChange, Store } from '../store/store.ts';
import type { AccountCommand, AccountStatus, Changed, ControlHandlers } from './messages.ts';

/** Changes an account in the store, and ends whatever else its sessions are alive in. */
export type ChangeAccount = (username: string, change: AccountChange) => Promise<Changed>;

/** What an operator can do to the accounts: the same on a running server and on a store alone. */
export function accountHandlers(store: Store, change: ChangeAccount): ControlHandlers<AccountCommand> {
  return {
    accounts: async () => ({ accounts: await listAccounts(store) }),
    'add-account': async ({ account }) => ({ outcome: await store.addAccount(account) }),
    'set-password': ({ username, passwordHash }) => change(username, { passwordHash }),
    'disable-account': ({ username }) => change(username, { state: 'disabled' }),
    'enable-account': ({ username }) => change(username, { state: 'enabled' }),
    'remove-account': ({ username }) => change(username, { state: 'removed' }),
  };
}

/** Bit by bit, for others want to use the store meanwhile. */
async function listAccounts(store: Store): Promise<AccountStatus[]> {
  const accounts: AccountStatus[] = [];
  for (let page = await store.accounts(0); page.length > 0; page = await store.accounts(page.at(-1)!.id)) {
    for (const { username, nama, negara, state, unread } of page) {
      if (state === 'removed') continue;
      accounts.push({ username, nama, negara, state, unread });
    }
  }
  return accounts;
}
