import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnvironment } from '../support/environment.ts';
import { FAKETIME, fakeTimeFrom, setFakeTime } from '../support/faketime.ts';

export interface TargetOptions {
  /** Where the server is built: the project, or a copy of it. */
  readonly root: string;
  readonly data: string;
  readonly accounts: string;
  /** Gets what the server logs. */
  readonly log: NodeJS.WritableStream;
}

/** The server under torture: killed, frozen and started again on the same data. */
export class Target {
  readonly #options: TargetOptions;
  readonly #clock: string;
  #child: ChildProcess | undefined;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.#clock = join(options.data, 'clock');
    if (FAKETIME) setFakeTime(this.#clock, 0);
  }

  /** Whether its clock can be set. */
  get clockJumps(): boolean {
    return FAKETIME !== undefined;
  }

  /**
   * Starts it and resolves to its port.
   *
   * @throws Error when it does not come up: it must, whatever was done to it before.
   */
  async start(args: readonly string[]): Promise<number> {
    const { root, data, accounts, log } = this.#options;
    const serve = [
      'serve',
      '--port',
      '0',
      '--data',
      data,
      '--accounts',
      accounts,
      '--log-level',
      'warn',
      ...args,
    ];
    const clock = FAKETIME !== undefined && fakeTimeFrom(this.#clock);
    const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...serve], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(clock || {}),
    });
    this.#child = child;
    child.stderr.pipe(log, { end: false });
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^benang listening on .*:(\d+)$/.exec(line)?.[1];
      if (port) return Number(port);
    }
    throw new Error('the server did not come up again; see its log');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it in order; resolves to the exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return exited;
  }

  /** @throws Error when it has ended by itself. */
  check(): void {
    const { exitCode, signalCode } = this.#child!;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`the server has ended by itself (${signalCode ?? exitCode}); see its log`);
  }

  freeze(): void {
    this.#child!.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child!.kill('SIGCONT');
  }

  /** Lets its files grow by no more than `bytes`, as a full disk or a quota would. */
  fillDisk(bytes: number): void {
    const wal = statSync(join(this.#options.data, 'benang.db-wal'), { throwIfNoEntry: false });
    this.#limitFiles(String((wal?.size ?? 0) + bytes));
  }

  freeDisk(): void {
    this.#limitFiles('unlimited');
  }

  #limitFiles(size: string): void {
    this.check();
    execFileSync('prlimit', ['--pid', String(this.#child!.pid), `--fsize=${size}:`], { stdio: 'ignore' });
  }

  /** Lets its clock jump to `seconds` from the true time. */
  setClock(seconds: number): void {
    setFakeTime(this.#clock, seconds);
  }
}
