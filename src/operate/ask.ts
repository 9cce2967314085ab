import { accountHandlers, type ChangeAccount } from '../control/accounts.ts';
import { askServer, NoServerError } from '../control/client.ts';
import {
  type AccountCommand,
  type ControlReplies,
  type ControlRequest,
  handle,
} from '../control/messages.ts';
import { StartupError } from '../startup-error.ts';
import { databasePath, FolderInUseError } from '../store/folder.ts';
import { explain, hasDatabase, openDatabase } from '../store/open.ts';
import { SqliteStore } from '../store/sqlite.ts';

/**
 * Asks the server that runs on the data folder or, when none does, does the same to the database itself.
 *
 * @throws StartupError when neither is possible.
 */
export function askOrDo<C extends AccountCommand>(
  data: string,
  request: ControlRequest & { command: C },
): Promise<ControlReplies[C]> {
  return runningOrStopped(
    data,
    () => askServer<C>(data, request),
    async () => {
      if (request.command !== 'add-account' && !hasDatabase(data)) throw noDatabase(data);
      const store = new SqliteStore(openDatabase(data), { inbox: NO_ROOM });
      try {
        return await handle<C>(handlersFor(store), request, aloneContext);
      } catch (error) {
        throw explain(error, databasePath(data));
      } finally {
        await store.close();
      }
    },
  );
}

/**
 * Does `running` when a server runs on the data folder, else `stopped`.
 *
 * @throws StartupError of theirs; or when the folder is taken and nobody answers.
 */
export async function runningOrStopped<T>(
  data: string,
  running: () => Promise<T>,
  stopped: () => Promise<T>,
): Promise<T> {
  try {
    return await running();
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
  }
  try {
    return await stopped();
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new StartupError(
      `${data} is in use by a benang that does not answer: it may be starting or ending, so try again in a moment`,
    );
  }
}

export const noDatabase = (data: string): StartupError =>
  new StartupError(`there is no database in ${data}; name the server's folder with --data`);

/** Accounts are looked after here; nobody sends. */
const NO_ROOM = { messages: 0, bytes: 0 };

const aloneContext = { progress: () => {}, gone: new AbortController().signal };

function handlersFor(store: SqliteStore) {
  const clearGroups = async () => {
    while (await store.clearGroups());
  };
  const change: ChangeAccount = async (username, change) => {
    const changed = await store.changeAccount(username, change);
    if (changed && 'state' in change && change.state === 'removed') {
      while (await store.clearInbox(changed.id));
      await clearGroups();
    }
    return { found: changed !== undefined, sessions: changed?.sessionsEnded ?? 0, connections: 0 };
  };
  return accountHandlers(store, change, clearGroups);
}
