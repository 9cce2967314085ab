import type { DatabaseSync } from 'node:sqlite';
import { type ConversationEntry, FEW_COUNTED, MOST_COUNTED, MOST_COUNTED_TOGETHER } from './conversations.ts';
import type { Undo } from './group-commit.ts';
import type { GroupEntry, GroupRows } from './group-rows.ts';
import type { MessageLog } from './message-log.ts';
import { type Account, INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** So many members are remembered, in all groups together: some megabytes. */
const MOST_REMEMBERED = 100_000;
/** So many leave at once when an operator ends a group: about a millisecond's work. */
const LEAVE_AT_ONCE = 200;

/** 'looks like another group': what is sent to it would be taken for the other's. */
export type NameTaken = 'taken' | 'looks like another group';

export interface GroupLimits {
  readonly members: number;
  /** Of one account. */
  readonly groups: number;
}

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Undefined: anybody may join. */
  readonly passwordHash: string | undefined;
  /** By account id: the number of the last message before they joined. */
  readonly members: ReadonlyMap<number, number>;
}

interface Remembered extends Group {
  /** Never changed but replaced: who was a member when something was sent is told of it, whoever leaves before it is told. */
  members: ReadonlyMap<number, number>;
}

export interface GroupMessage {
  readonly id: number;
  readonly sender: string;
  readonly nama: string;
  readonly text: string;
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
  readonly #undo: Undo;
  readonly #remembered = new Map<string, Remembered>();
  #members = 0;

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
    this.#undo = undo;
  }

  find(name: string): Group | undefined {
    return this.#of(name);
  }

  /**
   * Why there can be no new group of this name; undefined when there can. `#messi` and the user messi are told apart by the `#`, with
   * which some old usernames begin.
   */
  obstacle(name: string): NameTaken | undefined {
    if (this.#of(name) || this.#sql.isUsername.get(name)) return 'taken';
    return this.#rows.looksTaken(name) ? 'looks like another group' : undefined;
  }

  /** The account becomes its first member. */
  add(
    name: string,
    passwordHash: string | undefined,
    account: Account,
  ): 'added' | NameTaken | 'too many groups' {
    const obstacle = this.obstacle(name);
    if (obstacle) return obstacle;
    if (this.#groupsOf(account) >= this.#limits.groups) return 'too many groups';
    this.#rows.add(name, passwordHash);
    this.#enter(this.#of(name)!, account);
    return 'added';
  }

  /** `passwordHash`: the group's, when the password was checked; it may have ended meanwhile, and another have its name. */
  join(
    name: string,
    account: Account,
    passwordHash?: string,
  ): 'joined' | 'no such group' | 'member already' | 'full' | 'too many groups' {
    const group = this.#of(name);
    if (group?.passwordHash !== passwordHash || !group) return 'no such group';
    if (group.members.has(account.id)) return 'member already';
    if (group.members.size >= this.#limits.members) return 'full';
    if (this.#groupsOf(account) >= this.#limits.groups) return 'too many groups';
    this.#enter(group, account);
    return 'joined';
  }

  /** The last one to leave ends the group. */
  leave(name: string, account: Account): 'left' | 'no such group' | 'not a member' {
    const group = this.#of(name);
    if (!group) return 'no such group';
    const joined = group.members.get(account.id);
    if (joined === undefined) return 'not a member';
    this.#sql.leave.run(group.id, account.id);
    group.members = new Map([...group.members].filter(([member]) => member !== account.id));
    this.#members--;
    this.#undo(() => this.#forget(name));
    if (group.members.size === 0) this.#end(group);
    return 'left';
  }

  /** Takes an account out of all its groups. */
  leaveAll(account: number): void {
    const groups = this.#sql.groupsWith.all(account) as unknown as Pick<Group, 'id' | 'name'>[];
    this.#sql.leaveAll.run(account);
    for (const group of groups) {
      this.#forget(group.name);
      if (!this.#sql.anyMember.get(group.id)) this.#end(group);
    }
  }

  /** Takes some members out of a group, and ends it with the last one. Returns how many; undefined when there is no such group. */
  leaveSome(name: string): { left: number; ended: boolean } | undefined {
    const group = this.#of(name);
    if (!group) return undefined;
    this.#forget(name);
    this.#undo(() => this.#forget(name));
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
    this.#forget(name);
  }

  /** Usernames, in alphabetical order. */
  memberNames({ id }: Group): { username: string; nama: string; negara: string }[] {
    return this.#sql.memberNames.all(id) as unknown as { username: string; nama: string; negara: string }[];
  }

  /** The account's groups, by name. */
  of(account: Account): ConversationEntry[] {
    const pending = this.#pendingIn();
    const rows = this.#sql.groupsOf.all(account.id) as unknown as {
      id: number;
      name: string;
      members: number;
      readUpTo: number;
    }[];
    let looked = 0;
    return rows.map(({ id, name, members, readUpTo }) => {
      const limit = looked < MOST_COUNTED_TOGETHER ? MOST_COUNTED : FEW_COUNTED;
      const indexed = this.#sql.countUnread.get({ group: id, readUpTo, account: account.id, limit })!;
      looked += Number(indexed.looked);
      const later = (pending.get(id) ?? []).filter((row) => row.id > readUpTo && row.sender !== account.id);
      const unread = Math.min(limit, Number(indexed.unread) + later.length);
      return { with: `#${name}`, unread, members };
    });
  }

  /** What a member has not read and others have sent, with an id above `after`; a lot of it is cut as an inbox is. */
  unread(group: Group, account: Account, after: number): GroupMessage[] {
    const from = Math.max(after, this.#position(group, account));
    const messages: GroupMessage[] = [];
    let units = 0;
    for (const message of this.#behind(group, from, account)) {
      units += message.text.length + MESSAGE_UNITS;
      if (messages.length > 0 && units > INBOX_UNITS) break;
      messages.push(message);
    }
    return messages;
  }

  markRead(group: number, account: Account, upTo: number): void {
    this.#sql.markRead.run(Math.min(upTo, this.#log.last), group, account.id);
  }

  /** In all groups of the account. */
  markAllRead(account: Account, upTo: number): void {
    this.#sql.markAllRead.run(Math.min(upTo, this.#log.last), account.id);
  }

  /**
   * Of a message to a group: of how many others it went to, are still members and can log in, and how many of those have it or have
   * read it.
   */
  counts(
    group: number,
    message: number,
    sender: number,
  ): { members: number; delivered: number; read: number } {
    return this.#sql.counts.get({ group, message, sender }) as unknown as {
      members: number;
      delivered: number;
      read: number;
    };
  }

  *#behind({ id }: Group, from: number, account: Account): Generator<GroupMessage> {
    yield* this.#sql.unread.iterate(id, from, account.id) as Iterable<unknown> as Iterable<GroupMessage>;
    const { indexed } = this.#log;
    yield* this.#sql.unreadPending.iterate(
      Math.max(from, indexed),
      id,
      account.id,
    ) as Iterable<unknown> as Iterable<GroupMessage>;
  }

  #position({ id }: Group, account: Account): number {
    return Number(this.#sql.position.get(id, account.id)?.read_up_to ?? this.#log.last);
  }

  #groupsOf(account: Account): number {
    return Number(this.#sql.countGroups.get(account.id)!.count);
  }

  #enter(group: Remembered, account: Account): void {
    const { last } = this.#log;
    this.#sql.join.run(group.id, account.id, last, last);
    group.members = new Map([...group.members, [account.id, last]]);
    this.#members++;
    this.#undo(() => this.#forget(group.name));
  }

  #of(name: string): Remembered | undefined {
    const known = this.#remembered.get(name);
    if (known) return known;
    const found = this.#rows.find(name);
    if (!found) return undefined;
    for (const other of this.#remembered.keys()) {
      if (this.#members + this.#remembered.size <= MOST_REMEMBERED) break;
      this.#forget(other);
    }
    const rows = this.#sql.members.all(found.id);
    const members = new Map(rows.map((row) => [Number(row.account), Number(row.joined_after)]));
    const group = { ...found, name, members };
    this.#remembered.set(name, group);
    this.#members += members.size;
    // It may be of what this transaction has written.
    this.#undo(() => this.#forget(name));
    return group;
  }

  #forget(name: string): void {
    this.#members -= this.#remembered.get(name)?.members.size ?? 0;
    this.#remembered.delete(name);
  }

  /** By group, the messages that are not in the indexes yet. */
  #pendingIn(): ReadonlyMap<number, readonly { id: number; sender: number }[]> {
    const rows = this.#sql.pending.all(this.#log.indexed) as unknown as {
      id: number;
      sender: number;
      group_id: number;
    }[];
    return Map.groupBy(rows, ({ group_id }) => group_id);
  }
}

const UNREAD = `SELECT message.id, username AS sender, nama, text FROM message JOIN account ON account.id = sender WHERE`;

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    isUsername: sql(`SELECT 1 FROM account WHERE username = '#' || ?`),
    members: sql('SELECT account, joined_after FROM member WHERE group_id = ?'),
    memberNames: sql(`SELECT username, nama, negara FROM member JOIN account ON account.id = account
      WHERE group_id = ? ORDER BY username`),
    join: sql('INSERT INTO member (group_id, account, joined_after, read_up_to) VALUES (?, ?, ?, ?)'),
    leave: sql('DELETE FROM member WHERE group_id = ? AND account = ?'),
    leaveAll: sql('DELETE FROM member WHERE account = ?'),
    leaveSome: sql(`DELETE FROM member WHERE group_id = ? AND account IN
      (SELECT account FROM member WHERE group_id = ? LIMIT ${LEAVE_AT_ONCE})`),
    anyMember: sql('SELECT 1 FROM member WHERE group_id = ? LIMIT 1'),
    groupsWith: sql(
      'SELECT groups.id, name FROM member JOIN groups ON groups.id = group_id WHERE account = ?',
    ),
    countGroups: sql('SELECT count(*) AS count FROM member WHERE account = ?'),
    groupsOf: sql(`SELECT groups.id, name, read_up_to AS readUpTo, members
      FROM member JOIN groups ON groups.id = group_id WHERE account = ? ORDER BY name`),
    countUnread:
      sql(`SELECT count(*) AS looked, coalesce(sum(sender <> :account), 0) AS unread FROM (SELECT sender FROM message
      WHERE group_id = :group AND indexed AND id > :readUpTo AND deleted_at IS NULL LIMIT :limit)`),
    pending: sql(`SELECT id, sender, group_id FROM message
      WHERE id > ? AND group_id IS NOT NULL AND deleted_at IS NULL ORDER BY id`),
    position: sql('SELECT read_up_to FROM member WHERE group_id = ? AND account = ?'),
    unread: sql(`${UNREAD} group_id = ? AND indexed AND message.id > ? AND sender <> ? AND deleted_at IS NULL
      ORDER BY message.id`),
    unreadPending: sql(`${UNREAD} message.id > ? AND group_id = ? AND sender <> ? AND deleted_at IS NULL
      ORDER BY message.id`),
    markRead: sql('UPDATE member SET read_up_to = max(read_up_to, ?) WHERE group_id = ? AND account = ?'),
    markAllRead: sql('UPDATE member SET read_up_to = max(read_up_to, ?) WHERE account = ?'),
    counts:
      sql(`SELECT count(*) AS members, coalesce(sum(delivered >= :message OR read_up_to >= :message), 0) AS delivered,
      coalesce(sum(read_up_to >= :message), 0) AS read FROM member JOIN account ON account.id = account
      WHERE group_id = :group AND account <> :sender AND joined_after < :message AND state = 'enabled'`),
  };
}
