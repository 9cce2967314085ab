import { refusals } from '../protocol/reply.ts';
import { accept } from './client.ts';
import { ConnectionLostError, RefusedError } from './errors.ts';
import { isNoSession, type KeptConnection } from './kept-connection.ts';
import type { Login } from './listening.ts';
import type { ServerReply } from './replies.ts';

/** What is asked in the name of a session. */
export interface Call {
  readonly command: string;
  /** What stands behind the token. */
  readonly words: readonly string[];
  /** Whether it may be asked again when nobody knows whether it was done, and so may be done twice. */
  readonly repeat: boolean;
  /** The refusal which then says that it was done the first time. */
  readonly doneBefore?: string;
}

/** What the server refuses for a while only. */
const PASSING: ReadonlySet<string> = new Set([refusals.failed, refusals.tooFast]);

/**
 * Asks on the connection in use, or the next one, and resolves to what the reply says. What is repeated is asked again also when the
 * server cannot do it now, after waits that grow: it may have been done all the same.
 *
 * @throws RefusedError when the server refuses.
 * @throws ConnectionLostError when the reply was lost and it is not repeated. It may have been done.
 * @throws what the connection has ended with.
 */
export async function call(
  connection: KeptConnection,
  { command, words, repeat, doneBefore }: Call,
): Promise<ServerReply['body']> {
  let lost = false;
  for (let waits = 0; ; ) {
    let login: Login | undefined;
    try {
      login = await connection.login();
      return accept(await login.client.request([command, login.token, ...words].join(' ')));
    } catch (error) {
      if (lost && error instanceof RefusedError && error.message === doneBefore) return {};
      if (!login) throw error;
      if (error instanceof ConnectionLostError) {
        connection.lost(login);
        if (connection.ended) throw connection.ended;
        if (!repeat) throw error;
        lost = true;
        continue;
      }
      if (!(error instanceof RefusedError)) throw error;
      // Nothing was done: it is asked again in the next session.
      if (isNoSession(error)) connection.drop(login, error);
      else if (repeat && connection.repeats && PASSING.has(error.message)) {
        lost ||= error.message === refusals.failed;
        await connection.pause(waits++);
      } else throw error;
    }
  }
}
