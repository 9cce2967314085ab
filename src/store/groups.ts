import type { DatabaseSync } from 'node:sqlite';
import type { Audience } from './conversations.ts';
import type { Undo } from './group-commit.ts';
import { type Group, GroupMemory } from './group-memory.ts';
import type { GroupEntry, GroupRows } from './group-rows.ts';
import type { MessageLog } from './message-log.ts';
import type { Account } from './store.ts';

/** So many leave at once when an operator ends a group, and so many groups somebody leaves who is removed: about a millisecond's work. */
const LEAVE_AT_ONCE = 200;
const GROUPS_AT_ONCE = 10;

/** 'looks like another group': what is sent to it would be taken for the other's. */
export type NameTaken = 'taken' | 'looks like another group';

/** Whose account was shut or removed while its request waited is in no group, or nobody could take it out again. */
export type NotEntered = 'shut out' | 'too many groups';

export interface GroupLimits {
  readonly members: number;
  /** Of one account. */
  readonly groups: number;
}

/**
 * The groups, and what each member has read. What changes something is a step of a transaction (see GroupCommit). A message to a
 * group is one row, whatever the size of the group; that it is unread is told by each member's position.
 */
export class GroupTable {
  readonly #sql;
  readonly #rows: GroupRows;
  readonly #log: MessageLog;
  readonly #limits: GroupLimits;
  readonly #memory: GroupMemory;
  readonly #undo: Undo;

  constructor(
    db: DatabaseSync,
    { log, rows }: { readonly log: MessageLog; readonly rows: GroupRows },
    limits: GroupLimits,
    undo: Undo,
  ) {
    this.#sql = prepare(db);
    this.#rows = rows;
    this.#log = log;
    this.#limits = limits;
    this.#memory = new GroupMemory(db, rows, undo);
    this.#undo = undo;
  }

  find(name: string): Group | undefined {
    return this.#memory.of(name);
  }

  /** The number of the last message before an account joined; undefined when it is not a member. */
  joinedAfter(group: Group, account: number): number | undefined {
    return this.#memory.joinedAfter(group, account);
  }

  /** Some work before `audience` can be called; false when there is none left. */
  load(name: string): boolean {
    return this.#memory.load(name);
  }

  /** The members of a group, as they are now and stay. */
  audience(name: string): Audience {
    return this.#memory.audience(name);
  }

  /**
   * Why there can be no new group of this name; undefined when there can. `#messi` and the user messi are told apart by the `#`, with
   * which some old usernames begin.
   */
  obstacle(name: string): NameTaken | undefined {
    if (this.#memory.of(name) || this.#sql.isUsername.get(name)) return 'taken';
    return this.#rows.looksTaken(name) ? 'looks like another group' : undefined;
  }

  /** The account becomes its first member. */
  add(name: string, passwordHash: string | undefined, account: Account): 'added' | NameTaken | NotEntered {
    const obstacle = this.obstacle(name) ?? this.#hindrance(account);
    if (obstacle) return obstacle;
    this.#rows.add(name, passwordHash);
    this.#enter(this.#memory.of(name)!, account);
    return 'added';
  }

  /** `passwordHash`: the group's, when the password was checked; it may have ended meanwhile, and another have its name. */
  join(
    name: string,
    account: Account,
    passwordHash?: string,
  ): 'joined' | 'no such group' | 'member already' | 'full' | NotEntered {
    const group = this.#memory.of(name);
    if (group?.passwordHash !== passwordHash || !group) return 'no such group';
    if (this.joinedAfter(group, account.id) !== undefined) return 'member already';
    if (this.#sizeOf(group) >= this.#limits.members) return 'full';
    const hindrance = this.#hindrance(account);
    if (hindrance) return hindrance;
    this.#enter(group, account);
    return 'joined';
  }

  /** The last one to leave ends the group. */
  leave(name: string, account: Account): 'left' | 'no such group' | 'not a member' {
    const group = this.#memory.of(name);
    if (!group) return 'no such group';
    if (this.joinedAfter(group, account.id) === undefined) return 'not a member';
    this.#sql.leave.run(group.id, account.id);
    this.#memory.left(name, account.id);
    if (this.#sizeOf(group) === 0) this.#end(group);
    return 'left';
  }

  /** Accounts that were removed and are members still. */
  removedMembers(): number[] {
    return this.#sql.removedMembers.all().map(({ id }) => Number(id));
  }

  /** Takes an account out of some of its groups; false when it is in none any more. */
  leaveSomeOf(account: number): boolean {
    const groups = this.#sql.someWith.all(account) as unknown as Pick<Group, 'id' | 'name'>[];
    for (const group of groups) {
      this.#sql.leave.run(group.id, account);
      this.#memory.forget(group.name);
      if (!this.#sql.anyMember.get(group.id)) this.#end(group);
    }
    return groups.length === GROUPS_AT_ONCE;
  }

  /** Takes some members out of a group, and ends it with the last one. Returns how many; undefined when there is no such group. */
  leaveSome(name: string): { left: number; ended: boolean } | undefined {
    const group = this.#memory.of(name);
    if (!group) return undefined;
    this.#memory.forget(name);
    this.#undo(() => this.#memory.forget(name));
    const left = Number(this.#sql.leaveSome.run(group.id, group.id).changes);
    const ended = !this.#sql.anyMember.get(group.id);
    if (ended) this.#end(group);
    return { left, ended };
  }

  /** See GroupRows. */
  list(after: number): GroupEntry[] {
    return this.#rows.list(after);
  }

  #end({ id, name }: Pick<Group, 'id' | 'name'>): void {
    this.#rows.end(id, name);
    this.#memory.forget(name);
  }

  markRead(group: number, account: Account, upTo: number): void {
    this.#sql.markRead.run(Math.min(upTo, this.#log.last), group, account.id);
  }

  /** In all groups of the account. */
  markAllRead(account: Account, upTo: number): void {
    this.#sql.markAllRead.run(Math.min(upTo, this.#log.last), account.id);
  }

  #hindrance({ id }: Account): NotEntered | undefined {
    if (!this.#sql.isEnabled.get(id)) return 'shut out';
    const { count } = this.#sql.countGroups.get(id)!;
    return Number(count) >= this.#limits.groups ? 'too many groups' : undefined;
  }

  #enter(group: Group, account: Account): void {
    const { last } = this.#log;
    this.#sql.join.run(group.id, account.id, last, last);
    this.#memory.entered(group.name, account.id, last);
  }

  #sizeOf({ id }: Group): number {
    return Number(this.#sql.size.get(id)!.members);
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    isUsername: sql(`SELECT 1 FROM account WHERE username = '#' || ?`),
    isEnabled: sql(`SELECT 1 FROM account WHERE id = ? AND state = 'enabled'`),
    size: sql('SELECT members FROM groups WHERE id = ?'),
    join: sql('INSERT INTO member (group_id, account, joined_after, read_up_to) VALUES (?, ?, ?, ?)'),
    leave: sql('DELETE FROM member WHERE group_id = ? AND account = ?'),
    leaveSome: sql(`DELETE FROM member WHERE group_id = ? AND account IN
      (SELECT account FROM member WHERE group_id = ? LIMIT ${LEAVE_AT_ONCE})`),
    anyMember: sql('SELECT 1 FROM member WHERE group_id = ? LIMIT 1'),
    removedMembers: sql(`SELECT id FROM account WHERE state = 'removed'
      AND EXISTS (SELECT 1 FROM member WHERE account = account.id)`),
    someWith: sql(`SELECT groups.id, name FROM member JOIN groups ON groups.id = group_id WHERE account = ?
      LIMIT ${GROUPS_AT_ONCE}`),
    countGroups: sql('SELECT count(*) AS count FROM member WHERE account = ?'),
    markRead: sql('UPDATE member SET read_up_to = max(read_up_to, ?) WHERE group_id = ? AND account = ?'),
    markAllRead: sql('UPDATE member SET read_up_to = max(read_up_to, ?) WHERE account = ?'),
  };
}
