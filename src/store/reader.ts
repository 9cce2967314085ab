import type { Happening } from './conversations.ts';
import type { GroupCommit } from './group-commit.ts';
import { type InboxTable, type Reading, type ReadSoFar, START_OF_READING } from './inboxes.ts';
import type { MessageLog } from './message-log.ts';
import type { Account } from './store.ts';

interface State {
  readonly reading: Reading;
  readonly soFar: ReadSoFar;
}

/** What is to be read was found out to be nothing of an inbox. */
export interface NoReading<R> {
  readonly instead: R;
}

/** Marks what an account was sent as read, in pieces, and tells those who have sent it, piece by piece. */
export class Reader {
  readonly #group: GroupCommit;
  readonly #log: MessageLog;
  readonly #inboxes: InboxTable;
  readonly #onHappening: (happening: Happening) => void;

  constructor(parts: {
    group: GroupCommit;
    log: MessageLog;
    inboxes: InboxTable;
    onHappening: (happening: Happening) => void;
  }) {
    this.#group = parts.group;
    this.#log = parts.log;
    this.#inboxes = parts.inboxes;
    this.#onHappening = parts.onHappening;
  }

  /**
   * Marks all messages up to a number, which were there at the beginning, as read `at` (ms since 1970). `whose` is called within the
   * first piece, and tells by id whose alone, undefined when it is everybody's, or what the outcome is instead.
   */
  async markRead<R = never>(
    name: string,
    account: Account,
    { upTo, at }: Omit<Reading, 'sender'>,
    whose: () => number | undefined | NoReading<R> = () => undefined,
  ): Promise<'done' | R> {
    const ended = await this.#group.inPieces<State | undefined, State | NoReading<R>>(name, account.id, {
      writes: true,
      start: undefined,
      run: (state) => {
        if (state) return this.#piece(account, state);
        const sender = whose();
        if (typeof sender === 'object') return { done: sender };
        // What comes meanwhile has not been read.
        const reading = { upTo: Math.min(upTo, this.#log.last), at, sender };
        return this.#piece(account, { reading, soFar: START_OF_READING });
      },
      told: (piece) => this.#tell(account, 'next' in piece ? piece.next! : piece.done),
    });
    return 'instead' in ended ? ended.instead : 'done';
  }

  #piece(account: Account, { reading, soFar }: State): { next: State } | { done: State } {
    const piece = this.#inboxes.markRead(account, reading, soFar);
    return 'next' in piece
      ? { next: { reading, soFar: piece.next } }
      : { done: { reading, soFar: piece.done } };
  }

  #tell({ username }: Account, state: State | NoReading<unknown>): void {
    if ('instead' in state || state.soFar.senders.size === 0) return;
    const { reading, soFar } = state;
    this.#onHappening({ kind: 'read', by: username, at: reading.at, senders: soFar.senders });
  }
}
