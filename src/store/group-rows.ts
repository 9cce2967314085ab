import type { DatabaseSync } from 'node:sqlite';
import { skeletonOf } from '../names/skeleton.ts';
import type { MessageLog } from './message-log.ts';

/** So many groups, or about so many members of them, are listed in one go: about a millisecond's work. */
const GROUPS_AT_ONCE = 200;
const MEMBERS_AT_ONCE = 10_000;

/** A group as an operator sees it. */
export interface GroupEntry {
  readonly id: number;
  readonly name: string;
  /** Whether who joins needs one. */
  readonly password: boolean;
  readonly members: number;
  /** When its last message was sent, of those that are in the indexes: milliseconds since 1970; undefined when there is none. */
  readonly lastSentAt: number | undefined;
}

/**
 * The groups themselves, without what belongs to them. A group ends with its last member: its name is free at once, and what was sent to
 * it, which nobody can see any more, is deleted later (see Cleaning). Each method is a step of a transaction, see GroupCommit.
 */
export class GroupRows {
  readonly #sql;
  readonly #log: MessageLog;

  constructor(db: DatabaseSync, log: MessageLog) {
    this.#sql = prepare(db);
    this.#log = log;
  }

  find(name: string): { id: number; passwordHash: string | undefined } | undefined {
    const found = this.#sql.find.get(name) as { id: number; password_hash: string | null } | undefined;
    return found && { id: found.id, passwordHash: found.password_hash ?? undefined };
  }

  looksTaken(name: string): boolean {
    return this.#sql.looksTaken.get(skeletonOf(name)) !== undefined;
  }

  add(name: string, passwordHash: string | undefined): void {
    const group = [name, passwordHash ?? null, skeletonOf(name)];
    if (this.#sql.reuse.run(...group).changes === 0) this.#sql.add.run(...group);
  }

  /** It has no members any more. */
  end(id: number, name: string): void {
    // No group's name holds a space.
    if (this.#hasMessages(id)) this.#sql.end.run('ended', `${name} ${id}`, id);
    else this.free(id);
  }

  /** One that has ended, and whose messages are there; undefined when there is none. */
  ended(): number | undefined {
    return this.#sql.ended.get()?.id as number | undefined;
  }

  /** The messages of one that has ended are gone. */
  free(id: number): void {
    this.#sql.end.run('free', ` ${id}`, id);
  }

  /** With an id above `after`, by id: some of them, none when there are no more. */
  list(after: number): GroupEntry[] {
    const entries: GroupEntry[] = [];
    let members = 0;
    const pending = new Map(this.#log.rows.map(({ group, id }) => [group, id]));
    for (const row of this.#sql.list.iterate(after)) {
      const { lastSentAt, password, ...entry } = row as unknown as Omit<GroupEntry, 'password'> & {
        readonly password: number;
        readonly lastSentAt: number | null;
      };
      const last = pending.get(entry.id);
      const sentAt = last === undefined ? lastSentAt : (this.#sql.sentAt.get(last)!.sent_at as number);
      entries.push({ ...entry, password: password !== 0, lastSentAt: sentAt ?? undefined });
      members += entry.members;
      if (entries.length === GROUPS_AT_ONCE || members >= MEMBERS_AT_ONCE) break;
    }
    return entries;
  }

  #hasMessages(id: number): boolean {
    return this.#sql.anyMessage.get(id) !== undefined || this.#log.rows.some(({ group }) => group === id);
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    find: sql(`SELECT id, password_hash FROM groups WHERE name = ? AND state = 'live'`),
    looksTaken: sql('SELECT 1 FROM groups WHERE skeleton = ?'),
    add: sql('INSERT INTO groups (name, password_hash, skeleton) VALUES (?, ?, ?)'),
    reuse: sql(`UPDATE groups SET name = ?, password_hash = ?, skeleton = ?, state = 'live'
      WHERE id = (SELECT min(id) FROM groups WHERE state = 'free')`),
    // No name looks like nothing.
    end: sql(`UPDATE groups SET state = ?, name = ?, password_hash = NULL, skeleton = '' WHERE id = ?`),
    ended: sql(`SELECT id FROM groups WHERE state = 'ended' ORDER BY id LIMIT 1`),
    anyMessage: sql('SELECT 1 FROM message WHERE group_id = ? AND indexed LIMIT 1'),
    sentAt: sql('SELECT sent_at FROM message WHERE id = ?'),
    list: sql(`SELECT id, name, password_hash IS NOT NULL AS password,
      (SELECT count(*) FROM member WHERE group_id = groups.id) AS members,
      (SELECT sent_at FROM message WHERE group_id = groups.id AND indexed ORDER BY message.id DESC LIMIT 1) AS lastSentAt
      FROM groups WHERE id > ? AND state = 'live' ORDER BY id`),
  };
}
