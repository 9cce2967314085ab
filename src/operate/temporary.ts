import { closeSync, openSync, rmSync } from 'node:fs';
import { exitOnSignals } from '../exit-on-signals.ts';
import { StartupError } from '../startup-error.ts';
import { asNow } from '../store/owner.ts';

/**
 * Makes an empty file at `path`, which only this user may read, and calls `use` with a descriptor of it. Afterwards the file is
 * gone, unless it was renamed: also after an error, Ctrl-C, or a reader that has gone away.
 *
 * @throws StartupError when the file cannot be made.
 */
export async function withTemporaryFile<T>(path: string, use: (file: number) => Promise<T>): Promise<T> {
  const asMaker = asNow();
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    throw new StartupError(`cannot write to ${path} (${(error as Error).message}); choose another folder`);
  }
  const remove = (): void =>
    asMaker(() => {
      for (const companion of ['', '-wal', '-shm', '-journal'])
        rmSync(`${path}${companion}`, { force: true });
    });
  process.once('exit', remove);
  const undo = exitOnSignals();
  try {
    return await use(file);
  } finally {
    undo();
    process.off('exit', remove);
    closeSync(file);
    remove();
  }
}
