import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { StorageError, type Store } from '../store/store.ts';

const EVERY_MS = 10 * 60_000;
/** Between two deletions, so that they take a tenth of the main thread at the most. */
const PAUSE_MS = 10;

/**
 * Deletes what is not to be kept, at the start and regularly: messages that were read more than so many days ago, the
 * inboxes of removed accounts, and what was sent to groups that have ended. Little at a time, since everybody waits meanwhile.
 */
export class Cleaner {
  readonly #store: Store;
  readonly #keepReadDays: number | undefined;
  readonly #log: Log;
  readonly #stopped = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #again = false;

  /** `keepReadDays` undefined: read messages are kept for ever. */
  constructor(store: Store, keepReadDays: number | undefined, log: Log) {
    this.#store = store;
    this.#keepReadDays = keepReadDays;
    this.#log = log;
    this.#timer = setInterval(() => this.run(), EVERY_MS).unref();
    this.run();
  }

  /** Goes through all accounts, from now on or once more behind the present round. */
  run(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#running = this.#round()
      .catch((error) => {
        // Of the disk's trouble one is told once, when it begins.
        const told = error instanceof StorageError && error.disk;
        if (!this.#stopped.signal.aborted && !told) {
          this.#log.write('error', 'old messages could not be deleted', { reason: String(error) });
        }
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again && !this.#stopped.signal.aborted) this.run();
      });
  }

  /** Resolves when nothing is being deleted any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#running;
  }

  async #round(): Promise<void> {
    let deleted = 0;
    for (let page = await this.#store.accounts(0); page.length > 0; ) {
      for (const { id, username, state } of page) {
        if (state === 'removed') await this.#clear(id, username);
        else deleted += await this.#deleteRead((before, now) => this.#store.deleteRead(id, before, now));
      }
      page = await this.#store.accounts(page.at(-1)!.id);
    }
    const { groups } = this.#store;
    for (let group = await groups.next(0); group !== undefined; group = await groups.next(group)) {
      const id = group;
      while (await groups.noteRead(id, this.#store.clock.stamp())) await this.#pause();
      deleted += await this.#deleteRead((before) => this.#store.deleteReadIn(id, before));
    }
    while (await this.#store.clearGroups()) await this.#pause();
    if (deleted > 0) {
      this.#log.write('info', 'deleted read messages', { count: deleted, keepDays: this.#keepReadDays });
    }
  }

  async #clear(account: number, username: string): Promise<void> {
    if (!(await this.#store.clearInbox(account))) return;
    do await this.#pause();
    while (await this.#store.clearInbox(account));
    this.#log.write('info', `deleted the inbox of ${username}, who was removed`);
  }

  /** `some` deletes at `now` some of what was read before a time, and resolves to how many. */
  async #deleteRead(some: (before: number, now: number) => Promise<number>): Promise<number> {
    if (this.#keepReadDays === undefined) return 0;
    const { clock } = this.#store;
    const now = clock.stamp();
    const before = clock.olderThan(this.#keepReadDays);
    let all = 0;
    for (;;) {
      this.#stopped.signal.throwIfAborted();
      const deleted = await some(before, now);
      if (deleted === 0) return all;
      all += deleted;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return sleep(PAUSE_MS, undefined, { signal: this.#stopped.signal });
  }
}
