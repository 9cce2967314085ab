import type { PostResults } from './connection-thread.ts';
import type { ThreadRequest } from './messages.ts';

/** A connection's thread, as far as it is told events. */
export interface Teller {
  /** Gives a connection events: bytes that its thread writes between replies. */
  tell(connection: number, text: string): void;
}

/** Who answers the connection threads' requests: the server, in the main thread. */
export interface Answerer {
  /** A connection exists from here on, in `thread`. */
  open(connection: number, peer: string, thread: Teller): void;
  /** The connection's client has taken so many bytes of events more. */
  took(connection: number, bytes: number): void;
  /**
   * Answers a batch: calls `post` once, with `completes` true. Requests that take long are left out of that and
   * answered by further calls, and so are the requests that the same connection makes behind them. A connection's requests are
   * answered in order, also when they come in several batches at once.
   */
  answer(requests: readonly ThreadRequest[], post: PostResults): Promise<void>;
  /** The connection is gone without a word; does nothing when it has ended before. */
  lose(connection: number): void;
  /** Who is behind the connection, for the log: its address, and its user and session when it has logged in. */
  describe(connection: number): string;
}
