import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../src/progress.ts';
import type { Build } from './build.ts';
import type { Client } from './client.ts';
import type { Pace } from './pace.ts';

/** The benchmark was told to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** What the parts of the benchmark share. */
export class Stage {
  /** For everything that is written; removed in the end. */
  readonly folder: string;
  readonly pace: Pace;
  readonly client: Client;
  /** Ours, and with --against the other one. */
  readonly builds: { readonly who: 'ours' | 'other'; readonly build: Build }[] = [];
  /** How it was measured, one sentence each. */
  readonly notes: string[] = [];
  /** Why something is not there to be compared with, or a row cannot be measured here: by who, or by row. */
  readonly missing: Record<string, string> = {};
  readonly #interrupted: Promise<never>;
  readonly #began = performance.now();
  #minutes = 0;

  constructor(options: { folder: string; pace: Pace; client: Client; interrupted: AbortSignal }) {
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

  /** Says how long all of it will take. */
  announce(minutes: number): void {
    this.#minutes = minutes;
    progress(`this takes about ${Math.ceil(minutes)} min; leave the machine alone meanwhile`, true);
  }

  say(line: string): void {
    const minutes = ((performance.now() - this.#began) / 60_000).toFixed(1);
    progress(this.#minutes === 0 ? line : `${minutes} of about ${Math.ceil(this.#minutes)} min: ${line}`);
  }

  /** Takes down how something was measured, once. */
  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }
}
