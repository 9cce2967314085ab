import { type Expected, readInbox } from './expected.ts';
import type { InboxAsk, Message } from './flow.ts';
import type { Mailbox } from './mailbox.ts';
import type { World } from './world.ts';

/** A reply larger than this may leave the server in several turns, so what the next request proves is uncertain. */
const SMALL_REPLY = 16_000;

/** An inbox request that waits for its reply. */
interface Look extends InboxAsk {
  readonly mailbox: Mailbox;
  /** Nothing else was in progress when it was asked. */
  readonly alone: boolean;
  overtaken: boolean;
}

/**
 * One connection's looks into inboxes, and what the server may conclude from what is written behind them.
 *
 * A message becomes read when a request, or the end, is written behind the reply that carries it. To the server it looks
 * the same when the reply has left and the client has not read it, so that counts as "may be read". What was written
 * ahead of the reply proves nothing, and whoever asks one thing at a time proves it for certain.
 */
export class Looks {
  readonly #world: World;
  readonly #idle: () => boolean;
  readonly #waiting = new Set<Look>();
  readonly #carried: InboxAsk['carried'] = { upTo: new Map(), strays: new Set() };
  /** In replies behind which nothing was written. */
  #latest: readonly Message[] = [];
  /** In a reply that the next reply proves received. */
  #proven: readonly Message[] = [];

  /** `idle`: whether everything that was written on the connection is answered. */
  constructor(world: World, idle: () => boolean) {
    this.#world = world;
    this.#idle = idle;
  }

  expect(mailbox: Mailbox): Expected {
    const look = {
      mailbox,
      at: this.#world.now,
      carried: this.#carried,
      alone: this.#idle(),
      overtaken: false,
    };
    mailbox.ask(look);
    this.#waiting.add(look);
    return {
      kind: 'inbox',
      check: (reply) => {
        this.#waiting.delete(look);
        const shown = [...mailbox.show(look, readInbox(reply), this.#world.now)];
        if (look.overtaken) for (const message of shown) message.mayBeRead = true;
        else this.#latest = [...this.#latest, ...shown];
        if (look.alone && !look.overtaken && this.#idle() && reply.length < SMALL_REPLY) this.#proven = shown;
        return shown.length > 0 ? 'OK with messages' : 'OK, nothing new';
      },
      giveUp: () => {
        mailbox.forget(look);
        // The server may have taken what was written behind a reply that we never read for the proof.
        if (look.overtaken) for (const flow of mailbox.flows) flow.blur();
      },
    };
  }

  /** Bytes or the end are about to be written. */
  overtake(): void {
    for (const look of this.#waiting) look.overtaken = true;
    for (const message of this.#latest) message.mayBeRead = true;
    this.#latest = [];
  }

  /** The next reply has come, or the connection has been closed in order. */
  prove(): void {
    for (const message of this.#proven) message.read = Math.min(message.read, this.#world.now);
    this.#proven = [];
  }
}
