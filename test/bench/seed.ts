import { randomBytes } from 'node:crypto';
import { freshAccounts } from '../../src/load/own-server.ts';
import { createLog } from '../../src/log.ts';
import { SessionTable } from '../../src/server/sessions.ts';
import { openDatabase } from '../../src/store/open.ts';
import { hashPassword } from '../../src/store/passwords.ts';
import { SqliteStore } from '../../src/store/sqlite.ts';
import { Versions } from '../../src/threads/versions.ts';

/** Who is logged in. */
export interface Login {
  readonly username: string;
  readonly token: string;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Makes a database with so many accounts in `folder` and logs each of them in, by what the server itself does behind a
 * right password. A server that starts on it takes the tokens, and nobody waits for a thousand passwords to be hashed.
 */
export async function seed(folder: string, count: number): Promise<Login[]> {
  const inbox = { messages: 1, bytes: 1 };
  const store = new SqliteStore(openDatabase(folder), { inbox });
  try {
    const passwordHash = await hashPassword(randomBytes(12).toString('hex'));
    const accounts = freshAccounts(count);
    await store.addAccounts(
      accounts.map(({ username, nama, negara }) => ({ username, nama, negara, passwordHash })),
    );
    const log = createLog({ level: 'error', format: 'text', rate: 0 });
    const sessions = await SessionTable.load(
      store,
      log,
      { sessionIdle: DAY_MS, maxSessions: count },
      new Versions(),
    );
    const logins = accounts.map(async ({ username }) => {
      const { account } = (await store.credentials(username))!;
      const started = await sessions.start(account, passwordHash);
      if (typeof started === 'string') throw new Error(`cannot log in ${username}: ${started}`);
      return { username, token: started.token };
    });
    return await Promise.all(logins);
  } finally {
    await store.close();
  }
}
