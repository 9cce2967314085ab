import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupCommit } from './group-commit.ts';
import type { Indexing } from './indexing.ts';
import type { SearchTable } from './search.ts';
import { OURS } from './turns.ts';

/** In one transaction: some milliseconds' work. */
const AT_ONCE = 500;
/** Between two of them when nobody waits, so that they take a tenth of the main thread at the most. */
const PAUSE_MS = 100;
/** Behind a message, so that many are done together. */
const SOON_MS = 5000;

/** Brings the words of messages into the search index: a while behind them, little at a time, or when somebody searches. */
export class Searching {
  readonly #search: SearchTable;
  readonly #indexing: Indexing;
  readonly #group: GroupCommit;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Somebody waits. */
  #hurry = 0;

  constructor(search: SearchTable, indexing: Indexing, group: GroupCommit) {
    this.#search = search;
    this.#indexing = indexing;
    this.#group = group;
    if (search.behind) this.soon();
  }

  /** There are messages whose words are not in the index. */
  soon(): void {
    if (this.#stopped.signal.aborted || this.#running) return;
    this.#timer ??= setTimeout(() => {
      this.#run().catch(() => {});
    }, SOON_MS).unref();
  }

  /** Resolves when the words of all that is stored now are in the index, or the disk does not take them. */
  async now(): Promise<void> {
    this.#hurry++;
    try {
      await this.#indexing.now();
      await this.#run();
    } catch {
      // What is in it can be found all the same.
    } finally {
      this.#hurry--;
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#addAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #addAll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && (await this.#group.write('words', OURS, () => this.#search.addSome(AT_ONCE)))) {
      if (this.#hurry === 0) await sleep(PAUSE_MS, undefined, { signal, ref: false });
    }
  }
}
