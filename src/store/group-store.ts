import type { ConversationEntry, NotInGroup } from './conversations.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Group } from './group-memory.ts';
import type { GroupReading } from './group-reading.ts';
import type { GroupEntry } from './group-rows.ts';
import type { Counting, GroupMessage, GroupViews, Look, Member, MembersSoFar } from './group-views.ts';
import type { GroupTable, NameTaken, NotEntered } from './groups.ts';
import { type Account, INBOX_MESSAGES, INBOX_UNITS, MESSAGE_UNITS } from './store.ts';
import { OURS } from './turns.ts';

export interface MemberList {
  readonly members: readonly Member[];
  /** Whether there are others behind the last one. */
  readonly more: boolean;
}

/** The groups, as Store remembers them; a name is without its `#`. Its promises are as those of Store. */
export class GroupStore {
  readonly #groups: GroupTable;
  readonly #views: GroupViews;
  readonly #reading: GroupReading;
  readonly #group: GroupCommit;

  constructor(parts: { groups: GroupTable; views: GroupViews; reading: GroupReading; group: GroupCommit }) {
    this.#groups = parts.groups;
    this.#views = parts.views;
    this.#reading = parts.reading;
    this.#group = parts.group;
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
  ): Promise<'added' | NameTaken | NotEntered> {
    return this.#group.write('addgroup', account.id, () => this.#groups.add(name, passwordHash, account));
  }

  /** Undefined when there is no such group. */
  find(
    account: Account,
    name: string,
  ): Promise<{ passwordHash: string | undefined; member: boolean } | undefined> {
    return this.#group.read('group', account.id, () => {
      const found = this.#groups.find(name);
      if (!found) return undefined;
      const member = this.#groups.joinedAfter(found, account.id) !== undefined;
      return { passwordHash: found.passwordHash, member };
    });
  }

  /** `passwordHash`: what `find` has said; without it nobody needs a password. */
  join(
    account: Account,
    name: string,
    passwordHash?: string,
  ): Promise<'joined' | 'no such group' | 'member already' | 'full' | NotEntered> {
    return this.#group.write('joingroup', account.id, () => this.#groups.join(name, account, passwordHash));
  }

  leave(account: Account, name: string): Promise<'left' | NotInGroup> {
    return this.#group.write('leavegroup', account.id, () => {
      const found = this.#groups.find(name);
      const outcome = this.#groups.leave(name, account);
      if (outcome === 'left') this.#reading.left(account.id, found!.id);
      return outcome;
    });
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

  /** Some of them in alphabetical order, behind the username `after`; only for members. */
  members(account: Account, name: string, after: string): Promise<MemberList | NotInGroup> {
    return this.#group.inPieces<MembersSoFar, MemberList | NotInGroup>('members', account.id, {
      writes: false,
      start: { from: 0, found: [] },
      run: (state) => {
        const group = this.#asMember(account, name);
        if (typeof group === 'string') return { done: group };
        const piece = this.#views.members(group.id, after, state);
        return 'next' in piece ? piece : { done: firstOf(piece.done) };
      },
    });
  }

  /** The account's groups, by name. */
  of(account: Account): Promise<readonly ConversationEntry[]> {
    return this.#group.inPieces<Counting | undefined, readonly ConversationEntry[]>('getgroups', account.id, {
      writes: false,
      start: undefined,
      run: (state) => this.#views.count(account.id, state ?? this.#views.places(account.id)),
    });
  }

  /** What a member has not read and others have sent, with an id above `after`; a lot of it is cut as an inbox is. */
  async inbox(
    account: Account,
    name: string,
    after: (group: number) => number,
  ): Promise<{ readonly group: number; readonly messages: readonly GroupMessage[] } | NotInGroup> {
    const found = await this.#group.inPieces<Look | undefined, GroupLook | NotInGroup>(
      'inboxgroup',
      account.id,
      {
        writes: false,
        start: undefined,
        run: (state) => {
          const group = this.#asMember(account, name);
          if (typeof group === 'string') return { done: group };
          const piece = this.#views.unread(
            group.id,
            account.id,
            state ?? this.#begin(account, group.id, after),
          );
          return 'next' in piece ? piece : { done: { ...piece.done, group: group.id } };
        },
      },
    );
    if (typeof found !== 'object') return found;
    const { group, messages, ownUpTo } = found;
    // What is one's own counts as read, and need not be looked at again; unless what came before is on its way to the client.
    if (ownUpTo > after(group) && after(group) === 0) this.markRead(account, group, ownUpTo).catch(() => {});
    return { group, messages };
  }

  #begin(account: Account, group: number, after: (group: number) => number): Look {
    const from = Math.max(after(group), this.#views.position(group, account.id));
    return { from, messages: [], ownUpTo: 0 };
  }

  markRead(account: Account, group: number, upTo: number): Promise<void> {
    return this.#group.write('inboxgroup', account.id, () => this.#groups.markRead(group, account, upTo));
  }

  #asMember(account: Account, name: string): Group | NotInGroup {
    const group = this.#groups.find(name);
    if (!group) return 'no such group';
    return this.#groups.joinedAfter(group, account.id) === undefined ? 'not a member' : group;
  }
}

interface GroupLook extends Look {
  readonly group: number;
}

/** As many as one reply takes. */
function firstOf(members: readonly Member[]): MemberList {
  let units = 0;
  const end = members.findIndex(({ nama, negara }, index) => {
    units += nama.length + negara.length + MESSAGE_UNITS;
    return index === INBOX_MESSAGES || (index > 0 && units > INBOX_UNITS);
  });
  return end < 0 ? { members, more: false } : { members: members.slice(0, end), more: true };
}
