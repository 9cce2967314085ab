import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartupError } from '../startup-error.ts';

/** So many bytes of path every system takes for a socket: macOS has room for 104, and a zero behind them. */
const LONGEST_PATH = 103;

/**
 * Calls `use` with a path of the socket `name` in `folder` that is short enough to be bound or connected to: where its own is too
 * long it leads through a link in a private folder in one of `places`, which is there for as long as `use` runs.
 *
 * @throws StartupError when no such link can be made.
 */
export function withShortPath<T>(
  folder: string,
  name: string,
  use: (path: string) => T,
  places: readonly string[] = [tmpdir(), '/tmp'],
): T {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return use(path);
  const { link, remove } = linkTo(folder, name, places);
  try {
    return use(join(link, name));
  } finally {
    remove();
  }
}

function linkTo(folder: string, name: string, places: readonly string[]): { link: string; remove(): void } {
  let reason = 'its path is too long itself';
  for (const temporary of places) {
    try {
      const place = mkdtempSync(join(temporary, 'benang-'));
      const remove = (): void => rmSync(place, { recursive: true, force: true });
      const link = join(place, 'data');
      if (Buffer.byteLength(join(link, name)) <= LONGEST_PATH) {
        symlinkSync(resolve(folder), link);
        return { link, remove };
      }
      remove();
    } catch (error) {
      reason = (error as Error).message;
    }
  }
  throw new StartupError(
    `the path of ${folder} is too long for a socket, and no short link to it can be made in ${places.join(' or ')} (${reason}); choose a shorter path with --data`,
  );
}
