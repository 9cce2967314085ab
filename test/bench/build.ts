import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { freshAccounts, startOwnServer } from '../../src/load/own-server.ts';
import { StartupError } from '../../src/startup-error.ts';
import type { Client } from './client.ts';
import { CHAT, type Server } from './servers.ts';

/** Who is logged in. */
export interface Login {
  readonly username: string;
  readonly token: string;
}

/** So many are logged in. */
export const LOGINS = 100;

/** A program that was built, ours or an earlier one's, with a database that everybody is logged in to. */
export class Build {
  readonly name: string;
  readonly logins: readonly Login[];
  /** What an inbox without messages is answered with. */
  readonly nothing: string;
  readonly #root: string;
  readonly #folder: string;
  readonly #data: string;

  private constructor(found: {
    name: string;
    logins: readonly Login[];
    nothing: string;
    root: string;
    folder: string;
    data: string;
  }) {
    this.name = found.name;
    this.logins = found.logins;
    this.nothing = found.nothing;
    this.#root = found.root;
    this.#folder = found.folder;
    this.#data = found.data;
  }

  /**
   * Logs everybody in, with the passwords that this takes, and keeps the database. All that is known of the program is its command
   * line and its protocol, so that it can be an earlier one.
   */
  static async prepare(root: string, { folder, client }: { folder: string; client: Client }): Promise<Build> {
    const accounts = freshAccounts(LOGINS);
    const server = await startOwnServer(root, accounts, {
      within: folder,
      logLevel: 'error',
      args: ['--threads', '2'],
    });
    try {
      const load = await client.open({ ...server, reply: CHAT }, LOGINS);
      const replies = await load.ask(
        accounts.map(({ username, password }) => `auth ${username} ${password}\r\n`),
      );
      const logins = replies.map((reply, index): Login => {
        const { tokenid } = JSON.parse(reply) as { tokenid: string };
        return { username: accounts[index]!.username, token: tokenid };
      });
      const [nothing] = await load.ask(inboxRequests(logins));
      await load.close();
      process.kill(server.pid, 'SIGTERM');
      await server.ended;
      const data = await mkdtemp(join(folder, 'logins-'));
      await cp(server.folder, data, { recursive: true });
      return new Build({ name: nameOf(root), logins, nothing: nothing!, root, folder, data });
    } finally {
      await server.stop();
    }
  }

  /** Starts it on a database of its own. Without spare threads, for what they shorten, the wait for a thread, is over when load begins. */
  async start(args: readonly string[]): Promise<Server> {
    const server = await startOwnServer(this.#root, [], {
      within: this.#folder,
      logLevel: 'error',
      prepare: (data) => cp(this.#data, data, { recursive: true }),
      args: ['--spare-threads', '0', ...args],
    });
    const { host, port, pid } = server;
    return { host, port, pid, reply: CHAT, stop: () => server.stop() };
  }
}

/** What reads each inbox. */
export const inboxRequests = (logins: readonly Login[]): string[] =>
  logins.map(({ token }) => `inbox ${token}\r\n`);

/** @throws StartupError when there is no program in the folder. */
export function checkBuilt(root: string): void {
  if (existsSync(join(root, 'dist/main.js'))) return;
  throw new StartupError(
    `${root} has no dist/main.js; --against takes a checkout with npm ci and npm run build done`,
    {
      exitCode: 2,
    },
  );
}

/** "benang b39d2ec": the commit that is checked out, where it is known. */
function nameOf(root: string): string {
  const { status, stdout } = spawnSync('git', ['-C', root, 'describe', '--always', '--dirty'], {
    encoding: 'utf8',
  });
  return status === 0 ? `benang ${stdout.trim()}` : 'benang';
}
