import type { ConversationEntry, NotInGroup } from './conversations.ts';
import type { GroupCommit } from './group-commit.ts';
import type { GroupReading } from './group-reading.ts';
import type { GroupEntry } from './group-rows.ts';
import type { Group, GroupMessage, GroupTable, NameTaken } from './groups.ts';
import type { Account } from './store.ts';
import { OURS } from './turns.ts';

/** Someone in a group. */
export interface Member {
  readonly username: string;
  readonly nama: string;
  readonly negara: string;
}

/** The groups, as Store remembers them; a name is without its `#`. Its promises are as those of Store. */
export class GroupStore {
  readonly #groups: GroupTable;
  readonly #reading: GroupReading;
  readonly #group: GroupCommit;

  constructor(groups: GroupTable, reading: GroupReading, group: GroupCommit) {
    this.#groups = groups;
    this.#reading = reading;
    this.#group = group;
  }

  /** See GroupTable.obstacle. */
  obstacle(name: string): Promise<NameTaken | undefined> {
    return this.#group.read('addgroup', OURS, () => this.#groups.obstacle(name));
  }

  /** The account becomes its first member. */
  add(
    account: Account,
    name: string,
    passwordHash: string | undefined,
  ): Promise<'added' | NameTaken | 'too many groups'> {
    return this.#group.write('addgroup', account.id, () => this.#groups.add(name, passwordHash, account));
  }

  /** Undefined when there is no such group. */
  find(
    account: Account,
    name: string,
  ): Promise<{ passwordHash: string | undefined; member: boolean } | undefined> {
    return this.#group.read('group', account.id, () => {
      const found = this.#groups.find(name);
      return found && { passwordHash: found.passwordHash, member: found.members.has(account.id) };
    });
  }

  /** `passwordHash`: what `find` has said; without it nobody needs a password. */
  join(
    account: Account,
    name: string,
    passwordHash?: string,
  ): Promise<'joined' | 'no such group' | 'member already' | 'full' | 'too many groups'> {
    return this.#group.write('joingroup', account.id, () => this.#groups.join(name, account, passwordHash));
  }

  leave(account: Account, name: string): Promise<'left' | NotInGroup> {
    return this.#group.write('leavegroup', account.id, () => this.#groups.leave(name, account));
  }

  /** All groups with an id above `after`, by id: some of them, none when there are no more. */
  list(after: number): Promise<readonly GroupEntry[]> {
    return this.#group.read('group list', OURS, () => this.#groups.list(after));
  }

  /** The id of the group that comes behind `after` by id; undefined when there is none. */
  next(after: number): Promise<number | undefined> {
    return this.#group.read('cleaning', OURS, () => this.#reading.next(after));
  }

  /**
   * Notes at `now` (ms since 1970) of some more messages of a group that all members have read them. Resolves to false when there are
   * no more.
   */
  async noteRead(group: number, now: number): Promise<boolean> {
    if (await this.#group.read('cleaning', OURS, () => this.#reading.isNoted(group))) return false;
    return this.#group.write('cleaning', OURS, () => this.#reading.note(group, now) > 0);
  }

  /** Takes all members out of a group, some at a time, and so ends it. Resolves to how many; undefined when there is no such group. */
  end(name: string): Promise<number | undefined> {
    return this.#group.inPieces<number | undefined, number | undefined>('group remove', OURS, {
      writes: true,
      start: undefined,
      run: (before) => {
        const found = this.#groups.leaveSome(name);
        if (!found) return { done: before };
        const left = (before ?? 0) + found.left;
        return found.ended ? { done: left } : { next: left };
      },
    });
  }

  /** In alphabetical order; only for members. */
  members(account: Account, name: string): Promise<readonly Member[] | NotInGroup> {
    return this.#group.read('members', account.id, () =>
      this.#asMember(account, name, (group) => this.#groups.memberNames(group)),
    );
  }

  /** The account's groups, by name. */
  of(account: Account): Promise<readonly ConversationEntry[]> {
    return this.#group.read('getgroups', account.id, () => this.#groups.of(account));
  }

  /** What a member has not read and others have sent, with an id above `after`; a lot of it is cut as an inbox is. */
  inbox(
    account: Account,
    name: string,
    after: (group: number) => number,
  ): Promise<{ readonly group: number; readonly messages: readonly GroupMessage[] } | NotInGroup> {
    return this.#group.read('inboxgroup', account.id, () =>
      this.#asMember(account, name, (group) => ({
        group: group.id,
        messages: this.#groups.unread(group, account, after(group.id)),
      })),
    );
  }

  markRead(account: Account, group: number, upTo: number): Promise<void> {
    return this.#group.write('inboxgroup', account.id, () => this.#groups.markRead(group, account, upTo));
  }

  #asMember<T>(account: Account, name: string, use: (group: Group) => T): T | NotInGroup {
    const group = this.#groups.find(name);
    if (!group) return 'no such group';
    return group.members.has(account.id) ? use(group) : 'not a member';
  }
}
