import type { DatabaseSync } from 'node:sqlite';
import type { Undo } from './group-commit.ts';
import type { GroupRows } from './group-rows.ts';

/** So many members are remembered, in all groups together: some megabytes. */
const MOST_REMEMBERED = 100_000;
/** Members are read so many at a time: about a millisecond. */
const MEMBERS_AT_ONCE = 1000;

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Undefined: anybody may join. */
  readonly passwordHash: string | undefined;
}

interface Remembered extends Group {
  /**
   * By account id, the number of the last message before they joined. Who was a member when something was sent is told of it, whoever
   * leaves before it is told: once given away it is not changed but replaced.
   */
  members: Map<number, number>;
  givenAway: boolean;
  /** Up to which account the members are here; undefined when all are. */
  loadedTo: number | undefined;
}

/** What is kept in memory of the groups that were used last, beside the database. Each change says how it is undone. */
export class GroupMemory {
  readonly #sql;
  readonly #rows: GroupRows;
  readonly #undo: Undo;
  readonly #groups = new Map<string, Remembered>();
  /** How many members there are in all of them. */
  #members = 0;

  constructor(db: DatabaseSync, rows: GroupRows, undo: Undo) {
    this.#sql = prepare(db);
    this.#rows = rows;
    this.#undo = undo;
  }

  of(name: string): Group | undefined {
    return this.#of(name);
  }

  /** Undefined when the account is not a member. */
  joinedAfter({ id, name }: Group, account: number): number | undefined {
    const group = this.#groups.get(name);
    if (group?.loadedTo === undefined && group?.id === id) return group.members.get(account);
    return this.#sql.member.get(id, account)?.joined_after as number | undefined;
  }

  /** Remembers some more of a group's members; false when all are here, or there is no such group. */
  load(name: string): boolean {
    const group = this.#of(name);
    if (group?.loadedTo === undefined) return false;
    const page = this.#sql.members.all(group.id, group.loadedTo);
    for (const { account, joined_after } of page) group.members.set(Number(account), Number(joined_after));
    this.#members += page.length;
    group.loadedTo = page.length === MEMBERS_AT_ONCE ? Number(page.at(-1)!.account) : undefined;
    // They may be of what this transaction has written.
    this.#undo(() => this.forget(name));
    return group.loadedTo !== undefined;
  }

  /** The members of a group, all of which have been loaded, as they are now and stay. */
  audience(name: string): ReadonlyMap<number, number> {
    const group = this.#of(name)!;
    group.givenAway = true;
    return group.members;
  }

  entered(name: string, account: number, joinedAfter: number): void {
    const group = this.#groups.get(name);
    // Whom the next page will bring is not here yet.
    if (!group || (group.loadedTo !== undefined && group.loadedTo < account)) return;
    this.#changeable(group).set(account, joinedAfter);
    this.#members++;
    this.#undo(() => this.forget(name));
  }

  left(name: string, account: number): void {
    const group = this.#groups.get(name);
    if (!group?.members.has(account)) return;
    this.#changeable(group).delete(account);
    this.#members--;
    this.#undo(() => this.forget(name));
  }

  forget(name: string): void {
    this.#members -= this.#groups.get(name)?.members.size ?? 0;
    this.#groups.delete(name);
  }

  #changeable(group: Remembered): Map<number, number> {
    if (group.givenAway) group.members = new Map(group.members);
    group.givenAway = false;
    return group.members;
  }

  #of(name: string): Remembered | undefined {
    const known = this.#groups.get(name);
    if (known) return known;
    const found = this.#rows.find(name);
    if (!found) return undefined;
    for (const other of this.#groups.keys()) {
      if (this.#members + this.#groups.size <= MOST_REMEMBERED) break;
      this.forget(other);
    }
    const group = { ...found, name, members: new Map<number, number>(), givenAway: false, loadedTo: 0 };
    this.#groups.set(name, group);
    // It may be of what this transaction has written.
    this.#undo(() => this.forget(name));
    return group;
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    member: sql('SELECT joined_after FROM member WHERE group_id = ? AND account = ?'),
    members: sql(`SELECT account, joined_after FROM member WHERE group_id = ? AND account > ?
      ORDER BY account LIMIT ${MEMBERS_AT_ONCE}`),
  };
}
