import { refusals } from '../protocol/reply.ts';
import { ConnectionLostError, ProtocolError, RefusedError } from './errors.ts';
import { isNoSession, type KeptConnection } from './kept-connection.ts';
import type { Login } from './listening.ts';
import type { Reader } from './readers.ts';

/** What is asked in the name of a session. */
export interface Call<T> {
  readonly command: string;
  /** What stands behind the token. */
  readonly words: readonly string[];
  /** What the reply carries. */
  readonly read: Reader<T>;
  /** Whether it may be asked again when nobody knows whether it was done, and so may be done twice. */
  readonly repeat: boolean;
  /** The refusal which then says that it was done the first time, and what it resolves to. */
  readonly doneBefore?: { readonly refusal: string; readonly value: T };
}

/** A server that has so many sessions end while it is asked in them is broken. */
const MOST_SESSIONS = 5;

/** What the server refuses for a while only. */
const PASSING: ReadonlySet<string> = new Set([refusals.failed, refusals.tooFast]);

/**
 * Asks on the connection in use, or the next one, and resolves to what the reply says. What is repeated is asked again also when the
 * server cannot do it now, after waits that grow: it may have been done all the same.
 *
 * @throws RefusedError when the server refuses.
 * @throws ConnectionLostError when the reply was lost and it is not repeated. It may have been done.
 * @throws ProtocolError when what was answered is not the protocol: that is not asked again.
 * @throws what the connection has ended with.
 */
export async function call<T>(
  connection: KeptConnection,
  { command, words, read, repeat, doneBefore }: Call<T>,
): Promise<T> {
  let lost = false;
  let sessions = 0;
  for (let waits = 0; ; ) {
    let login: Login | undefined;
    try {
      login = await connection.login();
      return await login.client.ask([command, login.token, ...words].join(' '), read);
    } catch (error) {
      if (lost && doneBefore && error instanceof RefusedError && error.message === doneBefore.refusal) {
        return doneBefore.value;
      }
      if (!login) throw error;
      if (error instanceof ConnectionLostError) {
        connection.lost(login);
        if (connection.ended) throw connection.ended;
        if (!repeat || error instanceof ProtocolError) throw error;
        lost = true;
        continue;
      }
      if (!(error instanceof RefusedError)) throw error;
      // Nothing was done: it is asked again in the next session.
      if (isNoSession(error)) {
        connection.drop(login, error);
        if (++sessions > MOST_SESSIONS) throw error;
      } else if (repeat && connection.repeats && PASSING.has(error.message)) {
        lost ||= error.message === refusals.failed;
        await connection.pause(waits++);
      } else throw error;
    }
  }
}
