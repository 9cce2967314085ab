import type { Invite } from '../store/invites.ts';
import type { AccountChange, Store } from '../store/store.ts';
import type { AccountCommand, AccountStatus, Changed, ControlHandlers, GroupStatus } from './messages.ts';

/** Changes an account in the store, and ends whatever else its sessions are alive in. */
export type ChangeAccount = (username: string, change: AccountChange) => Promise<Changed>;

/** Called when a group has ended: what was sent to it is to be deleted. */
export type GroupEnded = (name: string) => Promise<void> | void;

/** What an operator can do to the accounts, groups, invites and the clock: the same on a running server and on a store alone. */
export function accountHandlers(
  store: Store,
  change: ChangeAccount,
  groupEnded: GroupEnded,
): ControlHandlers<AccountCommand> {
  return {
    accounts: async () => ({ accounts: await listAccounts(store) }),
    'add-account': async ({ account }) => ({
      looksLike: await store.registry.lookAlike(account.username),
      outcome: await store.addAccount(account),
    }),
    'set-password': ({ username, passwordHash }) => change(username, { passwordHash }),
    'disable-account': ({ username }) => change(username, { state: 'disabled' }),
    'enable-account': ({ username }) => change(username, { state: 'enabled' }),
    'remove-account': ({ username }) => change(username, { state: 'removed' }),
    'add-invites': async ({ codeHashes, lifetime }) => {
      await store.registry.addInvites(codeHashes, lifetime);
      return { added: true };
    },
    invites: async () => ({ invites: await listInvites(store) }),
    groups: async () => ({ groups: await listGroups(store) }),
    'remove-group': async ({ name }) => {
      const members = (await store.groups.end(name)) ?? null;
      if (members !== null) await groupEnded(name);
      return { members };
    },
    clock: async ({ passed }) => {
      if (passed === undefined) await store.clock.look();
      else await store.clock.confirm(passed);
      return store.clock.reading();
    },
    'revoke-invite': async ({ id }) => ({ outcome: await store.registry.revokeInvite(id) }),
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

/** Bit by bit, too. */
async function listInvites({ registry }: Store): Promise<Invite[]> {
  const invites: Invite[] = [];
  for (
    let page = await registry.invites(0);
    page.length > 0;
    page = await registry.invites(page.at(-1)!.id)
  ) {
    invites.push(...page);
  }
  return invites;
}

/** Bit by bit, as well. */
async function listGroups({ groups }: Store): Promise<GroupStatus[]> {
  const found: GroupStatus[] = [];
  for (let page = await groups.list(0); page.length > 0; page = await groups.list(page.at(-1)!.id)) {
    for (const { name, password, members, lastSentAt = null } of page) {
      found.push({ name, password, members, lastSentAt });
    }
  }
  return found;
}
