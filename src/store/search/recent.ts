import type { DatabaseSync } from 'node:sqlite';
import type { MessageLog } from '../message-log.ts';

/**
 * Which messages are one's own, told by whom they are from and to: for those whose words are in no page yet. Of others' messages no more
 * is looked at than that, and that takes a tenth of a microsecond each: of a million a tenth of a second.
 */
export class Recent {
  readonly #log: MessageLog;
  readonly #sql;

  constructor(db: DatabaseSync, log: MessageLog) {
    this.#log = log;
    // Who it is to a group may be behind a long text, so that is asked of an index.
    this.#sql = {
      direct: db.prepare(`SELECT id FROM message WHERE id > :above AND id <= :upTo AND recipient IS NOT NULL
        AND (sender = :account OR (recipient = :account AND NOT hidden))`),
      groups: db.prepare(`SELECT message.id FROM member CROSS JOIN message INDEXED BY message_group_live
        WHERE member.account = :account AND message.group_id = member.group_id AND message.id > joined_after
        AND message.id > :above AND message.id <= :upTo AND indexed AND deleted_at IS NULL`),
      text: db.prepare('SELECT text FROM message WHERE id = ?'),
      joined: db.prepare('SELECT group_id AS id, joined_after AS after FROM member WHERE account = ?'),
    };
  }

  /** The numbers of those behind `above` up to `upTo` that the account sees, or could if they were not deleted; the newest first. */
  of(account: number, above: number, upTo: number): number[] {
    const indexed = { account, above, upTo: Math.min(upTo, this.#log.indexed) };
    const stored = [...this.#sql.direct.all(indexed), ...this.#sql.groups.all(indexed)];
    const ids = stored.map(({ id }) => Number(id));
    if (upTo > this.#log.indexed) ids.push(...this.#pending(account, above, upTo));
    return ids.sort((a, b) => b - a);
  }

  /** Empty when the message is not there any more. */
  text(id: number): string {
    return String(this.#sql.text.get(id)?.text ?? '');
  }

  #pending(account: number, above: number, upTo: number): number[] {
    const joined = new Map(this.#sql.joined.all(account).map(({ id, after }) => [Number(id), Number(after)]));
    const found: number[] = [];
    for (const { id, sender, recipient, group, hidden } of this.#log.rows) {
      if (id <= above || id > upTo) continue;
      const isOwn =
        group === null
          ? sender === account || (recipient === account && !hidden)
          : id > (joined.get(group) ?? Number.POSITIVE_INFINITY);
      if (isOwn) found.push(id);
    }
    return found;
  }
}
