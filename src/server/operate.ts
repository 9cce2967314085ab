import { closeSync, openSync, statSync } from 'node:fs';
import { accountHandlers } from '../control/accounts.ts';
import type { Changed, ControlHandlers } from '../control/messages.ts';
import { inTurns } from '../in-turns.ts';
import type { Log } from '../log.ts';
import type { AccountChange } from '../store/store.ts';
import type { Cleaner } from './cleaner.ts';
import type { SessionTable } from './sessions.ts';
import { type Observed, takeStatus } from './status.ts';

/** What of the server an operator reaches into. */
export interface Operated extends Observed {
  readonly sessions: SessionTable;
  readonly cleaner: Cleaner;
  readonly log: Log;
  /** Milliseconds. */
  readonly drainTimeout: number;
  /** Called when the server is to end. */
  stop(): void;
}

/** Does what an operator asks for. */
export function operate(server: Operated): ControlHandlers {
  const { pool, dispatcher, store, drainTimeout, stop } = server;
  // One at a time: each takes file descriptors, which are few (see divideDescriptors).
  let lastBackup: Promise<unknown> = Promise.resolve();
  return {
    status: ({ brief }) => takeStatus(server, brief),
    stop: () => {
      stop();
      return { stopping: true, pid: process.pid, drainTimeout };
    },
    kick: async ({ whom }) => {
      server.steps.begin('kick');
      const kicked: number[] = [];
      await inTurns(dispatcher.connections, ({ id, users }) => {
        const isMeant = String(id) === whom || users.some(({ account }) => account.username === whom);
        if (isMeant && pool.drop(id, 'kicked by the operator')) kicked.push(id);
      });
      return { kicked };
    },
    backup: async ({ file }, { progress, gone }) => {
      if (!canWrite(file)) return { copied: false };
      if (statSync(file).size > 0) throw new Error(`${file} is not empty; name a new file`);
      const made = lastBackup.then(() => store.backup(file, { progress, signal: gone }));
      lastBackup = made.catch(() => {});
      await made;
      return { copied: true };
    },
    ...accountHandlers(
      store,
      (username, change) => changeAccount(server, username, change),
      (group) => {
        server.log.write('info', `group ${group} was removed by the operator`);
        server.cleaner.run();
      },
    ),
  };
}

function canWrite(file: string): boolean {
  try {
    closeSync(openSync(file, 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** A change that ends the account's sessions drops their connections too, once it is durable. */
async function changeAccount(server: Operated, username: string, change: AccountChange): Promise<Changed> {
  const { pool, sessions, store, cleaner, log } = server;
  const write = () => store.changeAccount(username, change);
  const what = 'state' in change ? change.state : 'given another password';
  const harmless = what === 'enabled';
  const { written, connections } = harmless
    ? { written: await write(), connections: new Set<never>() }
    : await sessions.endAll(username, write);
  if (written === undefined) return { found: false, sessions: 0, connections: 0 };
  log.write('info', `account ${username} was ${what} by the operator`);
  let dropped = 0;
  await inTurns(connections, ({ id }) => {
    if (pool.drop(id, `its account was ${what} by the operator`)) dropped++;
  });
  if (what === 'removed') cleaner.run();
  return { found: true, sessions: written.sessionsEnded, connections: dropped };
}
