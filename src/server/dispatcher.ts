import { commands } from '../commands/index.ts';
import type { Answerer, Teller } from '../threads/answerer.ts';
import type { PostResults } from '../threads/connection-thread.ts';
import type { Result, ThreadRequest } from '../threads/messages.ts';
import { Batch, type Share } from './batch.ts';
import { Runner, type RunnerOptions } from './runner.ts';
import { type LiveOptions, ServedConnection } from './served-connection.ts';

/** In the log: what was asked, and what was answered. */
const LINES_PER_REQUEST = 2;

/**
 * Answers the connection threads, in the main thread. One connection's requests begin in the order in which
 * it made them and are answered in that order; those of different connections are independent.
 */
export class Dispatcher implements Answerer {
  readonly #options: RunnerOptions & { readonly live: LiveOptions };
  readonly #runner: Runner;
  readonly #connections = new Map<number, ServedConnection>();
  /** How many batches are being answered, and who wants to know when none is. */
  #answering = 0;
  #waitingForEnd: (() => void)[] = [];

  constructor(options: RunnerOptions & { readonly live: LiveOptions }) {
    this.#options = options;
    this.#runner = new Runner(options);
  }

  open(id: number, peer: string, thread: Teller): void {
    const { sessions, live } = this.#options;
    this.#connections.set(id, new ServedConnection(id, peer, sessions, live, thread));
  }

  took(id: number, bytes: number): void {
    this.#connections.get(id)?.listener?.took(bytes);
  }

  lose(id: number): void {
    this.#connections.get(id)?.close();
    this.#connections.delete(id);
  }

  get connections(): Iterable<ServedConnection> {
    return this.#connections.values();
  }

  /** A connection's client, and its users, the last one first; undefined when there is no such connection. */
  whoIs(id: number): { peer: string; users: readonly string[] } | undefined {
    const connection = this.#connections.get(id);
    if (!connection) return undefined;
    return {
      peer: connection.peer,
      users: [...new Set(connection.users.map(({ account }) => account.username))],
    };
  }

  describe(id: number): string {
    const connection = this.#connections.get(id);
    return connection ? `connection ${id} (${connection.describe()})` : `connection ${id}`;
  }

  async answer(requests: readonly ThreadRequest[], post: PostResults): Promise<void> {
    this.#answering++;
    try {
      const batch = new Batch((shares) => this.#post(shares, true, post));
      const held: ServedConnection[] = [];
      try {
        for (const request of requests) {
          const connection = this.#connections.get(request.connection);
          if (connection && this.#add(batch, connection, request)) held.push(connection);
        }
      } catch (error) {
        batch.fail(error);
      }
      await batch.allBegun();
      // Only now, for a late answer must not overtake what its connection asked before.
      if (held.length > 0) await Promise.all(held.map((one) => this.#answerWaiting(one, post)));
    } finally {
      this.#answering--;
      if (this.#answering === 0) for (const resolve of this.#waitingForEnd.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is being answered any more. */
  async settled(): Promise<void> {
    if (this.#answering > 0) await new Promise<void>((resolve) => this.#waitingForEnd.push(resolve));
  }

  /** Begins what can be begun now; true when from this request on the connection's wait (see `waiting`). */
  #add(batch: Batch, connection: ServedConnection, request: ThreadRequest): boolean {
    const { asked } = request;
    const end = 'end' in asked ? asked.end : undefined;
    if (end === 'gone') {
      // Of what it waits for nothing is worth waiting for.
      const last = connection.answering;
      this.#begin(last?.batch === batch ? last : batch.shareApart(connection), request);
      return false;
    }
    if (connection.waiting) {
      if (end === 'cut') connection.abandon();
      connection.waiting.push(request);
      return false;
    }
    const share = batch.shareOf(connection);
    const command = 'command' in asked ? commands.get(asked.command) : undefined;
    if (!command?.slow) this.#begin(share, request);
    if (!command?.slow && !command?.exclusive) return false;
    connection.waiting = command.slow ? [request] : [];
    return true;
  }

  /** Answers what waits behind a slow or exclusive request: each such request for itself, and in between as much together as there is. */
  async #answerWaiting(connection: ServedConnection, post: PostResults): Promise<void> {
    const waiting = connection.waiting!;
    while (waiting.length > 0 && connection.open) {
      const alone = waiting.findIndex(isAlone);
      const together = waiting.splice(0, alone < 0 ? waiting.length : Math.max(alone, 1));
      const batch = new Batch((shares) => {
        // When it is gone its thread has been told, and perhaps has forgotten it.
        if (connection.open || shares.some(({ ended }) => ended)) this.#post(shares, false, post);
      });
      const share = batch.shareApart(connection);
      for (const request of together) this.#begin(share, request);
      await batch.allBegun();
    }
    connection.settle();
  }

  #begin(share: Share, { received, asked, repeated }: ThreadRequest): void {
    const { connection, batch } = share;
    if (repeated > 0) this.#options.log.leaveOut(repeated * LINES_PER_REQUEST);
    const marked = this.#runner.received(connection, received);
    if (!('end' in asked)) return this.#runner.run(asked, share);
    this.lose(connection.id);
    share.ended = true;
    if (!marked) return;
    // Whoever sees the connection closed finds its messages read.
    batch.expect();
    void marked.then(() => batch.arrived());
  }

  /** A connection that listens from now on hears of the first event behind that reply. */
  #post(shares: readonly Share[], completes: boolean, post: PostResults): void {
    // What has happened before is heard of before.
    if (this.#options.live.hub.behind) for (const { connection } of shares) connection.hear();
    const results: Result[] = [];
    for (const share of shares) {
      // What is slow is answered later.
      if (share.requests.length > 0 || share.ended) results.push(this.#runner.resultOf(share));
    }
    post(results, completes);
    for (const { requests } of shares) for (const request of requests) request.replied();
  }
}

function isAlone({ asked }: ThreadRequest): boolean {
  const command = 'command' in asked ? commands.get(asked.command) : undefined;
  return Boolean(command?.slow || command?.exclusive);
}
