import type { DatabaseSync } from 'node:sqlite';
import type { GroupCommit } from './group-commit.ts';
import { OURS } from './turns.ts';

/** A crash forgets what was noted for so long at the most; whoever listens again has it noted again. */
const WRITE_AFTER_MS = 1000;

/** So many are written in one piece: less than a millisecond. */
const AT_ONCE = 250;

/** Up to which number each account's messages have been handed to it. Noted in memory, and written a little later, many at a time. */
export class Deliveries {
  readonly #group: GroupCommit;
  readonly #note;
  /** By account, what is not written yet. */
  #noted = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: DatabaseSync, group: GroupCommit) {
    this.#group = group;
    this.#note = db.prepare('UPDATE account SET delivered = max(delivered, ?) WHERE id = ?');
  }

  note(account: number, upTo: number): void {
    if (upTo <= (this.#noted.get(account) ?? 0)) return;
    this.#noted.set(account, upTo);
    this.#timer ??= setTimeout(() => {
      this.write().catch(() => {});
    }, WRITE_AFTER_MS).unref();
  }

  /** Resolves when all that is noted is written. Rejects with a StorageError; it is written with what is noted next, then. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = this.#noted;
    if (noted.size === 0) return;
    this.#noted = new Map();
    try {
      await this.#group.inPieces('deliveries', OURS, {
        writes: true,
        start: 0,
        run: (from) => {
          const to = from + AT_ONCE;
          for (const [account, upTo] of [...noted].slice(from, to)) this.#note.run(upTo, account);
          return to < noted.size ? { next: to } : { done: undefined };
        },
      });
    } catch (error) {
      for (const [account, upTo] of noted) {
        if (upTo > (this.#noted.get(account) ?? 0)) this.#noted.set(account, upTo);
      }
      throw error;
    }
  }
}
