import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StartupError } from '../startup-error.ts';
import type { CallName, FromThread, ThreadCalls, ThreadTask, ToThread } from './thread-messages.ts';

/** A client thread, seen from main. */
export class ClientThread {
  readonly #worker: Worker;
  #answered: PromiseWithResolvers<unknown> | undefined;
  #failure: Error | undefined;

  /** `root` is the folder that the program is installed in. */
  constructor(root: string, task: ThreadTask) {
    this.#worker = new Worker(join(root, 'dist/load/thread.js'), { workerData: task });
    this.#worker
      .on('message', (message: FromThread) => {
        if ('failed' in message) this.#answered?.reject(new StartupError(message.failed));
        else this.#answered?.resolve(message.result);
      })
      .on('error', (error) => this.#fail(error as Error))
      .on('exit', () => this.#fail(new Error('a client thread has ended')));
  }

  /**
   * Resolves to the answer; ask nothing more before.
   *
   * @throws StartupError when the thread's connections cannot come.
   */
  ask<N extends CallName>(call: N, argument: ThreadCalls[N]['takes']): Promise<ThreadCalls[N]['gives']> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#answered = Promise.withResolvers();
    this.#worker.postMessage({ call, argument } as ToThread);
    return this.#answered.promise as Promise<ThreadCalls[N]['gives']>;
  }

  /** Ends early what goes on in it. */
  stop(): void {
    this.#worker.postMessage({ call: 'stop' } satisfies ToThread);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#answered?.reject(this.#failure);
  }
}
