import type { GroupCommit } from './group-commit.ts';
import type { GroupReading } from './group-reading.ts';
import type { InboxTable } from './inboxes.ts';
import type { MessageLog } from './message-log.ts';
import { BULK } from './turns.ts';

/** Pending messages enter the indexes when there are so many of them, or after so long. */
const MOST_PENDING = 10_000;
const PENDING_FOR_MS = 5000;

/** Brings pending messages into the indexes, many at a time (see MessageLog). */
export class Indexing {
  readonly #log: MessageLog;
  readonly #inboxes: InboxTable;
  readonly #reading: GroupReading;
  readonly #group: GroupCommit;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(log: MessageLog, inboxes: InboxTable, reading: GroupReading, group: GroupCommit) {
    this.#log = log;
    this.#inboxes = inboxes;
    this.#reading = reading;
    this.#group = group;
    if (log.pending > 0) this.soon();
  }

  /** A message is pending. */
  soon(): void {
    if (this.#stopped || this.#running) return;
    if (this.#log.pending >= MOST_PENDING) this.#try();
    else this.#timer ??= setTimeout(() => this.#try(), PENDING_FOR_MS).unref();
  }

  /** Resolves when all that is pending now is in the indexes. Rejects with a StorageError. */
  async now(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {});
    this.#running = this.#index(this.#log.last).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
  }

  /** When the disk fails, the next message that can be stored leads to another try. */
  #try(): void {
    this.now().catch(() => {});
  }

  async #index(upTo: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (!this.#stopped && this.#log.indexed < upTo) {
      await this.#group.write('indexing', BULK, () => {
        const indexed = this.#log.index(upTo);
        this.#inboxes.indexed(indexed);
        this.#reading.indexed(indexed);
      });
    }
  }
}
