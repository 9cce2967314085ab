import { isatty } from 'node:tty';
import type { Log } from '../log.ts';

const STANDARD_STREAMS = [0, 1, 2];

/**
 * What the signals mean that would end the server at once, from its very beginning. SIGHUP asks it to read anew what it can, as a
 * service manager does. It is also what the system sends when the terminal is closed that the server was started in; then the
 * server ends in order. Whether the terminal is still there tells the one from the other.
 */
export class Signals {
  /** Resolves when the terminal is gone. */
  readonly hungUp: Promise<'SIGHUP'>;
  readonly #terminal = STANDARD_STREAMS.find((stream) => isatty(stream));
  #reload: (() => void) | undefined;
  #asked = false;

  constructor(log: Log) {
    const { promise, resolve } = Promise.withResolvers<'SIGHUP'>();
    this.hungUp = promise;
    process.on('SIGHUP', () => {
      if (this.#terminal !== undefined && !isatty(this.#terminal)) resolve('SIGHUP');
      else if (this.#reload) this.#reload();
      else this.#asked = true;
    });
    // With nobody to hear it the first one would open a debugger's port, through which anybody on this machine could get in, and
    // the second one would end the server.
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      process.on(signal, () => log.write('warn', `${signal} does nothing here`));
    }
  }

  /** Calls `reload` at each SIGHUP from now on, and now if there was one already. */
  onReload(reload: () => void): void {
    this.#reload = reload;
    if (this.#asked) reload();
    this.#asked = false;
  }
}
