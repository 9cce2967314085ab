import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach } from '@jest/globals';
import { executable } from './program.ts';

/** Far more than anything here takes, and less than Jest's own limit, whose message would not show the screen. */
const PATIENCE_MS = 30_000;

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

/** The program on a terminal of its own, through util-linux's `script`. */
export class Pty {
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #seen = '';
  #from = 0;
  #changed = Promise.withResolvers<void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    child.stdout!.on('data', (chunk) => {
      this.#seen += chunk;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
    this.ended = new Promise((resolve) => child.once('close', resolve));
    void this.ended.then(() => running.delete(child));
  }

  static open(args: readonly string[], env: NodeJS.ProcessEnv): Pty {
    const command = [process.execPath, executable, ...args].join(' ');
    return new Pty(spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env }));
  }

  /** Closes the terminal, as its window's end does. */
  close(): void {
    this.#child.kill('SIGKILL');
  }

  /** Everything that the terminal was sent. */
  seen(): string {
    return this.#seen;
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /** Resolves when the terminal shows this, behind what was waited for before. */
  async shows(what: string | RegExp): Promise<void> {
    for (;;) {
      const rest = this.#seen.slice(this.#from);
      const match = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
      if (match >= 0) {
        this.#from += match + (typeof what === 'string' ? what.length : rest.match(what)![0].length);
        return;
      }
      await this.#change(what);
    }
  }

  /** Resolves when everything that the terminal was ever sent holds this. */
  async hasShown(what: RegExp): Promise<void> {
    while (!what.test(this.#seen)) await this.#change(what);
  }

  async #change(what: string | RegExp): Promise<void> {
    const missing = (why: string): Error =>
      new Error(`${why} without ${what}: ${JSON.stringify(this.#seen)}`);
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(missing('waited')), PATIENCE_MS);
    void this.ended.then(() => reject(missing('ended')));
    await Promise.race([this.#changed.promise, failed]);
    clearTimeout(timer);
  }
}
