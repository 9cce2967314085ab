import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../src/progress.ts';
import type { Client } from './client.ts';

/** How long and how often is measured; times in milliseconds. */
export interface Pace {
  readonly quick: boolean;
  /** How often neighbours are measured. */
  readonly rounds: number;
  readonly slice: number;
  /** Load on each server before its first slice; and before the first slice of a further command on the same server. */
  readonly warmUp: number;
  readonly warmUpFurther: number;
  /** The first so much of load on a fresh server is what counts as cold. */
  readonly cold: number;
  readonly coldRounds: number;
  /** How many idle connections are held, and how often they are opened. */
  readonly idle: number;
  readonly idleRounds: number;
  /** How many threads are started to tell what one costs, and how often. */
  readonly threads: number;
  readonly threadRounds: number;
  /** How long memory is watched under load. */
  readonly memory: number;
}

/** The benchmark was told to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** What the parts of the benchmark share. */
export class Stage {
  /** Where the program is built. */
  readonly root: string;
  /** For everything that is written; removed in the end. */
  readonly folder: string;
  readonly pace: Pace;
  readonly client: Client;
  /** How it was measured, one sentence each. */
  readonly notes: string[] = [];
  readonly #interrupted: Promise<never>;

  constructor(options: {
    root: string;
    folder: string;
    pace: Pace;
    client: Client;
    interrupted: AbortSignal;
  }) {
    this.root = options.root;
    this.folder = options.folder;
    this.pace = options.pace;
    this.client = options.client;
    const { promise, reject } = Promise.withResolvers<never>();
    options.interrupted.addEventListener('abort', () => reject(new Interrupted()));
    promise.catch(() => {});
    this.#interrupted = promise;
  }

  /** What `work` resolves to; rejects as soon as the benchmark is told to end. */
  during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#interrupted]);
  }

  /** What `starting` resolves to; `stops` ends it, also when the benchmark is told to end before it has started. */
  up<S extends { stop(): Promise<void> }>(stops: AsyncDisposableStack, starting: Promise<S>): Promise<S> {
    stops.defer(async () => (await starting.catch(() => undefined))?.stop());
    return this.during(starting);
  }

  pause(ms: number): Promise<void> {
    return this.during(sleep(ms));
  }

  say(line: string): void {
    progress(line);
  }

  /** Takes down how something was measured, once. */
  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }
}
