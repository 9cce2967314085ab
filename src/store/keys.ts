import type { DatabaseSync } from 'node:sqlite';

/** Of messages that were deleted so many marks are remembered for each sender, the last ones. */
export const MOST_GONE_KEYS = 10_000;
/** Few enough for about a millisecond. */
const KEYS_AT_ONCE = 200;

/**
 * What senders have marked messages with, so that the same message is stored once however often it is sent. The mark is in the message's
 * row; when that is deleted it is kept here. Each method is a step of a transaction, see GroupCommit.
 */
export class KeyTable {
  readonly #sql;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** The number of the message that the sender has marked with this key. */
  messageOf(sender: number, key: string): number | undefined {
    const { id } = this.#sql.ofMessage.get(sender, key) ?? this.#sql.gone.get(sender, key) ?? {};
    return id as number | undefined;
  }

  /** The message is being deleted. */
  keep(sender: number, key: string, message: number): void {
    const place = Number(this.#sql.last.get(sender)!.place ?? 0) + 1;
    this.#sql.add.run(sender, key, message, place);
    this.#sql.forget.run(sender, place - MOST_GONE_KEYS);
  }

  /** Forgets some of a sender's who was removed. Returns how many. */
  forgetSome(sender: number): number {
    return Number(this.#sql.forgetSome.run(sender, sender).changes);
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string) => db.prepare(text);
  return {
    ofMessage: sql('SELECT id FROM message WHERE sender = ? AND key = ?'),
    gone: sql('SELECT message AS id FROM gone_key WHERE sender = ? AND key = ?'),
    last: sql('SELECT max(place) AS place FROM gone_key WHERE sender = ?'),
    add: sql('INSERT OR REPLACE INTO gone_key (sender, key, message, place) VALUES (?, ?, ?, ?)'),
    forget: sql('DELETE FROM gone_key WHERE sender = ? AND place <= ?'),
    forgetSome: sql(`DELETE FROM gone_key WHERE sender = ? AND place <= (SELECT max(place) FROM
      (SELECT place FROM gone_key WHERE sender = ? ORDER BY place LIMIT ${KEYS_AT_ONCE}))`),
  };
}
