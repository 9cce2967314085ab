import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { ServerSettings } from '../config.ts';
import type { Log } from '../log.ts';
import { StartupError } from '../startup-error.ts';
import { readAccountsFile } from '../store/accounts-file.ts';
import { openDatabase } from '../store/open.ts';
import { SqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { ThreadPerConnection, type Threads } from '../threads/threads.ts';
import { Dispatcher } from './dispatcher.ts';
import { SessionTable } from './sessions.ts';

/** Connections that the kernel completes for us while we are busy. */
const BACKLOG = 1024;
const EXPIRE_EVERY_MS = 60_000;

/** Files that come with the program, beside its source or its build. */
export interface ProgramFiles {
  /** The connection thread's bundle. */
  readonly thread: string;
  /** The course's three accounts. */
  readonly accounts: string;
}

/** A running server. */
export class Server {
  readonly address: AddressInfo;
  readonly #listener: NetServer;
  readonly #threads: Threads;
  readonly #store: Store;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    address: AddressInfo,
    listener: NetServer,
    threads: Threads,
    store: Store,
    timer: NodeJS.Timeout,
  ) {
    this.address = address;
    this.#listener = listener;
    this.#threads = threads;
    this.#store = store;
    this.#timer = timer;
  }

  /**
   * Opens the data, imports accounts if there are none, and listens; resolves when it accepts connections.
   *
   * @throws StartupError with one sentence when something is in the way.
   */
  static async start(settings: ServerSettings, files: ProgramFiles, log: Log): Promise<Server> {
    // Read once, so that an upgrade on disk cannot mix two versions in one process.
    const program = await readFile(files.thread, 'utf8');
    const store = new SqliteStore(openDatabase(settings.data));
    try {
      await importAccounts(store, settings, files, log);
      const sessions = await SessionTable.load(store, log, settings.sessionIdle);
      const answerer = new Dispatcher({ store, sessions, log });
      const threads = new ThreadPerConnection({ program, maxRequest: settings.maxRequest, answerer, log });
      const listener = createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
        threads.take(socket),
      );
      const address = await listen(listener, settings);
      listener.on('error', (error) => log.write('error', 'accepting failed', { reason: error.message }));
      const timer = setInterval(() => sessions.expire(), EXPIRE_EVERY_MS).unref();
      return new Server(address, listener, threads, store, timer);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Stops accepting, finishes and answers what was begun, closes everything. */
  async stop(timeout: number): Promise<void> {
    clearInterval(this.#timer);
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    await this.#threads.stop(timeout);
    await closed;
    await this.#store.close();
  }
}

async function importAccounts(
  store: Store,
  settings: ServerSettings,
  files: ProgramFiles,
  log: Log,
): Promise<void> {
  if (!(await store.isEmpty())) {
    if (settings.accounts) {
      log.write('warn', 'the database has accounts already; the accounts file is not read', {
        file: settings.accounts,
      });
    }
    return;
  }
  const beside = join(settings.data, 'users.json');
  const file = settings.accounts ?? (existsSync(beside) ? beside : files.accounts);
  let shownAt = Date.now();
  const accounts = await readAccountsFile(file, (done, all) => {
    if (done < all && Date.now() - shownAt < 1000) return;
    shownAt = Date.now();
    log.write('info', 'importing accounts', { file, done, of: all });
  });
  await store.addAccounts(accounts);
}

async function listen(listener: NetServer, { host, port }: ServerSettings): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once('error', reject);
  listener.listen({ host, port, backlog: BACKLOG }, resolve);
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} on ${host} is taken; stop the program that has it or choose another with --port`,
      EACCES: `port ${port} needs more rights than this user has; choose one above 1023 with --port`,
      EADDRNOTAVAIL: `this machine has no address ${host}; choose another with --host`,
      ENOTFOUND: `there is no host named ${host}; choose another with --host`,
    };
    throw new StartupError(reasons[code ?? ''] ?? `cannot listen on ${host}:${port} (${message})`);
  }
  listener.off('error', reject);
  return listener.address() as AddressInfo;
}
