import type { Clock } from '../clock/clock.ts';
import type { AccountTable } from './accounts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Invite, InviteRow, InviteTable } from './invites.ts';
import type { Account, NewAccount } from './store.ts';
import { OURS } from './turns.ts';

/** On what terms strangers may have accounts. */
export interface Terms {
  /** How many accounts there may be, removed ones not counted. */
  readonly mostAccounts: number;
  /** The hash of an invite's code (see hashInviteCode). Undefined: none is needed. */
  readonly invite: string | undefined;
}

/** 'taken': the name is or was somebody's. 'looks taken': it looks like such a name. */
export type NotRegistered = 'invite is not good' | 'taken' | 'looks taken' | 'too many accounts';

/** Registrations and invites, as Store remembers them. Its promises are as those of Store. */
export class Registry {
  readonly #accounts: AccountTable;
  readonly #invites: InviteTable;
  readonly #clock: Pick<Clock, 'trusted' | 'shown'>;
  readonly #group: GroupCommit;

  constructor(
    accounts: AccountTable,
    invites: InviteTable,
    clock: Pick<Clock, 'trusted' | 'shown'>,
    group: GroupCommit,
  ) {
    this.#accounts = accounts;
    this.#invites = invites;
    this.#clock = clock;
    this.#group = group;
  }

  /** Another user's name, also of one who was removed, that looks like this one; undefined when there is none. */
  lookAlike(username: string): Promise<string | undefined> {
    return this.#group.read('accounts', OURS, () => this.#accounts.lookAlike(username));
  }

  /** `invite`: as in Terms. */
  isGood(invite: string): Promise<boolean> {
    return this.#group.read('register', OURS, () => this.#isGood(invite));
  }

  /** Why nobody could register this name now; undefined when somebody could. The invite comes first. */
  obstacle(username: string, terms: Terms): Promise<NotRegistered | undefined> {
    return this.#group.read('register', OURS, () => this.#obstacle(username, terms));
  }

  /**
   * Makes an account and uses its invite up, in one. Steps are done one after the other, so of two who register names that look
   * alike, or with the same invite, the second finds what the first has done.
   */
  register(account: NewAccount, terms: Terms): Promise<Account | NotRegistered> {
    return this.#group.write('register', OURS, () => {
      const obstacle = this.#obstacle(account.username, terms);
      if (obstacle) return obstacle;
      const id = this.#accounts.add(account);
      if (terms.invite !== undefined) this.#invites.use(terms.invite, this.#clock.trusted(), id);
      const { username, nama, negara } = account;
      return { id, username, nama, negara };
    });
  }

  /** Those that have expired unused go. `codeHashes`: of the codes, see hashInviteCode. They are good for so many milliseconds. */
  addInvites(codeHashes: readonly string[], lifetime: number): Promise<void> {
    return this.#group.inPieces('invites', OURS, {
      writes: true,
      start: undefined,
      run: () => {
        const now = this.#clock.trusted();
        if (this.#invites.deleteExpired(now)) return { next: undefined };
        return { done: this.#invites.add(codeHashes, now, lifetime) };
      },
    });
  }

  /** Invites with an id above `after`, by id: some of them, none when there are no more. */
  invites(after: number): Promise<readonly Invite[]> {
    return this.#group.read('invites', OURS, () => this.#invites.list(after).map((one) => this.#shown(one)));
  }

  revokeInvite(id: number): Promise<'revoked' | 'used' | 'no such invite'> {
    return this.#group.write('invites', OURS, () => this.#invites.revoke(id));
  }

  #isGood(invite: string): boolean {
    return this.#invites.isGood(invite, this.#clock.trusted());
  }

  #shown({ id, madeAt, expiresAt, used }: InviteRow): Invite {
    const expired = expiresAt <= this.#clock.trusted();
    const shown = (time: number): number => this.#clock.shown(time);
    const at = { madeAt: shown(madeAt), expiresAt: shown(expiresAt) };
    return { id, ...at, expired, used: used && { ...used, at: shown(used.at) } };
  }

  #obstacle(username: string, { invite, mostAccounts }: Terms): NotRegistered | undefined {
    if (invite !== undefined && !this.#isGood(invite)) return 'invite is not good';
    if (this.#accounts.stateOf(username)) return 'taken';
    if (this.#accounts.looksTaken(username)) return 'looks taken';
    return this.#accounts.count() >= mostAccounts ? 'too many accounts' : undefined;
  }
}
