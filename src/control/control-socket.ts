import { chmodSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { basename } from 'node:path';
import type { Log } from '../log.ts';
import { StartupError } from '../startup-error.ts';
import { temporaryPath } from '../store/folder.ts';
import { controlPath } from './messages.ts';
import { withShortPath } from './short-path.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * The socket in a data folder through which operators reach its server, and which only the server's own user may open. It is
 * there for as long as the server runs: when somebody has removed it, for example what tidies up temporary folders, it is made anew.
 *
 * It gets its name when it is complete, over whatever had that name: a dead server's, for the caller holds the folder's lock. Node
 * removes a socket's file at its end by the name that it was made under, which may be another server's by then; so that is a
 * passing one.
 */
export class ControlSocket {
  readonly #data: string;
  readonly #log: Log;
  readonly #onConnection: (socket: Socket) => void;
  #folder: Stats | undefined;
  #server: Server | undefined;
  #file: Stats | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** What is wrong with it, so that it is told once. */
  #told: string | undefined;

  constructor(data: string, log: Log, onConnection: (socket: Socket) => void) {
    this.#data = data;
    this.#log = log;
    this.#onConnection = onConnection;
  }

  /** @throws StartupError */
  async open(): Promise<void> {
    this.#folder = statSync(this.#data);
    await this.#make();
    this.#lookLater();
  }

  /** Throws nothing: whoever ends has more to do. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closed = true;
    this.#server?.close();
    const path = controlPath(this.#data);
    try {
      if (isSame(statSync(path), this.#file)) rmSync(path);
    } catch {
      // It is not there any more, or has to stay: the next server on the folder puts its own in its place.
    }
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#lookLater()), LOOK_EVERY_MS).unref();
  }

  async #make(): Promise<void> {
    const fresh = temporaryPath(this.#data, 'control');
    const server = createServer(this.#onConnection);
    try {
      await withShortPath(this.#data, basename(fresh), (path) => listenAlone(server, path));
      // An ACL of the folder may have given it to more.
      chmodSync(fresh, 0o600);
      this.#file = statSync(fresh);
      renameSync(fresh, controlPath(this.#data));
    } catch (error) {
      server.close();
      rmSync(fresh, { force: true });
      if (error instanceof StartupError) throw error;
      throw new StartupError(
        `cannot make the socket ${controlPath(this.#data)} (${(error as Error).message}), without which benang stop and the other commands would not reach the server; choose a folder that can be written, on a file system that has sockets, with --data`,
        { cause: error },
      );
    }
    server.on('error', (error) =>
      this.#log.write('error', "accepting an operator's command failed", { reason: error.message }),
    );
    this.#server?.close();
    this.#server = server;
  }

  /** Makes it anew when it is not there any more. */
  async #look(): Promise<void> {
    const [folder, file] = await Promise.all([this.#data, controlPath(this.#data)].map(statOf));
    if (this.#closed) return;
    if (!isSame(folder, this.#folder)) {
      return this.#tell(
        `the data folder is not at ${this.#data} any more: operators' commands reach the server only where it is now`,
      );
    }
    if (isSame(file, this.#file)) return this.#tell(undefined);
    try {
      await this.#make();
      this.#log.write('warn', 'the control socket had been removed, and was made anew');
      // Ended meanwhile.
      if (this.#closed) this.close();
    } catch (error) {
      this.#tell((error as Error).message);
    }
  }

  #tell(wrong: string | undefined): void {
    if (wrong !== undefined && wrong !== this.#told) this.#log.write('error', wrong);
    this.#told = wrong;
  }
}

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

const isSame = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && one.ino === other?.ino && one.dev === other.dev;

/** Listens on a socket that from the first moment only this user may open. */
function listenAlone(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const mask = process.umask(0o177);
  try {
    server.once('error', reject).listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  } finally {
    process.umask(mask);
  }
  return promise;
}
