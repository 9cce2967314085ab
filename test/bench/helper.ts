import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a helper can be called with: one argument, and a result that may come later. */
export type Calls = Record<string, (argument: never) => unknown>;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** A process of the benchmark's own beside it, which answers calls. `C` is what its program gives to `answerCalls`. */
export class Helper<C extends Calls> {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #kill = (): void => void this.#child.kill('SIGKILL');
  #calls = 0;

  constructor(program: string, args: readonly string[] = []) {
    this.#child = fork(program, args, {
      // Its own group: Ctrl-C reaches only us, and we end it.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.pid = this.#child.pid!;
    process.once('exit', this.#kill);
    this.#child.on('message', (answer: Answer) => {
      const { resolve, reject } = this.#waiting.get(answer.id)!;
      this.#waiting.delete(answer.id);
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.value);
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${program} has ended by itself`));
    });
  }

  /** @throws Error when the call fails, or the process ends before it has answered. */
  call<N extends keyof C & string>(
    name: N,
    argument: Parameters<C[N]>[0],
  ): Promise<Awaited<ReturnType<C[N]>>> {
    const id = ++this.#calls;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, name, argument } satisfies Call, (error) => {
      if (error) waiting.reject(error);
    });
    return waiting.promise as Promise<Awaited<ReturnType<C[N]>>>;
  }

  async stop(): Promise<void> {
    this.#waiting.clear();
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#kill();
      await ended;
    }
    process.off('exit', this.#kill);
  }
}

/** In the helper's process: answers calls until the benchmark is gone. */
export function answerCalls(calls: Calls): void {
  process.on('message', ({ id, name, argument }: Call) => {
    const call = async (): Promise<unknown> => calls[name]!(argument as never);
    call().then(
      (value) => process.send!({ id, value } satisfies Answer),
      (error) =>
        process.send!({ id, error: error instanceof Error ? error.message : String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
}
