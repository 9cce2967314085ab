import type { DatabaseSync } from 'node:sqlite';
import { skeletonOf } from '../names/skeleton.ts';
import { type ConversationEntry, FEW_COUNTED, MOST_COUNTED, MOST_COUNTED_TOGETHER } from './conversations.ts';
import type { Undo } from './group-commit.ts';
import type { MessageLog } from './message-log.ts';
import { type Account, INBOX_UNITS, MESSAGE_UNITS } from './store.ts';

/** So many members are remembered, in all groups together: some megabytes. */
const MOST_REMEMBERED = 100_000;

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
  readonly #log: MessageLog;
  readonly #limits: GroupLimits;
  readonly #undo: Undo;
  readonly #remembered = new Map<string, Remembered>();
  #members = 0;

  constructor(db: DatabaseSync, log: MessageLog, limits: GroupLimits, undo: Undo) {
    this.#sql = prepare(db);
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
    return this.#sql.looksTaken.get(skeletonOf(name)) ? 'looks like another group' : undefined;
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
    this.#sql.add.run(name, passwordHash ?? null, skeletonOf(name));
    this.#enter(this.#of(name)!, account);
    return 'added';
  }

  join(
    name: string,
    account: Account,
  ): 'joined' | 'no such group' | 'member already' | 'full' | 'too many groups' {
    const group = this.#of(name);
    if (!group) return 'no such group';
    if (group.members.has(account.id)) return 'member already';
    if (group.members.size >= this.#limits.members) return 'full';
    if (this.#groupsOf(account) >= this.#limits.groups) return 'too many groups';
    this.#enter(group, account);
    return 'joined';
  }

  leave(name: string, account: Account): 'left' | 'no such group' | 'not a member' {
    const group = this.#of(name);
    if (!group) return 'no such group';
    const joined = group.members.get(account.id);
    if (joined === undefined) return 'not a member';
    this.#sql.leave.run(group.id, account.id);
    group.members = new Map([...group.members].filter(([member]) => member !== account.id));
    this.#members--;
    this.#undo(() => this.#forget(name));
    return 'left';
  }

  /** Takes an account out of all its groups. */
  leaveAll(account: number): void {
    for (const { name } of this.#sql.namesOf.all(account)) this.#forget(String(name));
    this.#sql.leaveAll.run(account);
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
    const found = this.#sql.find.get(name) as unknown as
      | { id: number; password_hash: string | null }
      | undefined;
    if (!found) return undefined;
    for (const other of this.#remembered.keys()) {
      if (this.#members + this.#remembered.size <= MOST_REMEMBERED) break;
      this.#forget(other);
    }
    const rows = this.#sql.members.all(found.id);
    const members = new Map(rows.map((row) => [Number(row.account), Number(row.joined_after)]));
    const group = { id: found.id, name, passwordHash: found.password_hash ?? undefined, members };
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
    find: sql('SELECT id, password_hash FROM groups WHERE name = ?'),
    members: sql('SELECT account, joined_after FROM member WHERE group_id = ?'),
    memberNames: sql(`SELECT username, nama, negara FROM member JOIN account ON account.id = account
      WHERE group_id = ? ORDER BY username`),
    add: sql('INSERT INTO groups (name, password_hash, skeleton) VALUES (?, ?, ?)'),
    looksTaken: sql('SELECT 1 FROM groups WHERE skeleton = ?'),
    join: sql('INSERT INTO member (group_id, account, joined_after, read_up_to) VALUES (?, ?, ?, ?)'),
    leave: sql('DELETE FROM member WHERE group_id = ? AND account = ?'),
    leaveAll: sql('DELETE FROM member WHERE account = ?'),
    namesOf: sql('SELECT name FROM member JOIN groups ON groups.id = group_id WHERE account = ?'),
    countGroups: sql('SELECT count(*) AS count FROM member WHERE account = ?'),
    groupsOf: sql(`SELECT groups.id, name, read_up_to AS readUpTo,
      (SELECT count(*) FROM member AS other WHERE other.group_id = groups.id) AS members
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
