import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChatClient,
  type ClientOptions,
  ConnectionLostError,
  type ReceivedMessage,
  RefusedError,
} from '../client/client.ts';
import type { Ledger } from './ledger.ts';
import type { LoadCommand } from './mix.ts';
import type { Seat } from './seats.ts';
import type { Timings } from './timings.ts';

/** What is played, and where what happens is written. */
export interface Game {
  /** Who is written to. */
  readonly usernames: readonly string[];
  /** What each player asks, over and over. */
  readonly round: readonly LoadCommand[];
  readonly ledger: Ledger;
  /** Where the next reply's time is written. */
  timings: Timings;
  /** Takes note of a reply that should not have been. */
  wrong(what: string): void;
}

const REPLY_TIMEOUT_MS = 120_000;
/** Each connection writes to so many users at the most, so that what the ledger keeps grows with the connections, not with their square. */
const PEERS = 32;

/** One connection of a load run: logs in, then asks what the round says and checks each reply. */
export class Player {
  readonly seat: Seat;
  readonly #client: ChatClient;
  readonly #token: string;
  readonly #game: Game;
  #turn: number;

  private constructor(seat: Seat, client: ChatClient, token: string, game: Game) {
    this.seat = seat;
    this.#client = client;
    this.#token = token;
    this.#game = game;
    this.#turn = seat.number;
  }

  static async join(
    seat: Seat,
    target: Pick<ClientOptions, 'host' | 'port' | 'tls'>,
    game: Game,
  ): Promise<Player> {
    const client = await ChatClient.connect({ ...target, timeout: REPLY_TIMEOUT_MS });
    try {
      const token = await client.auth(seat.account.username, seat.account.password);
      return new Player(seat, client, token, game);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Plays until `ended` says so or the connection is lost, with a `pause` (ms) behind each reply. */
  async play(ended: () => boolean, pause = 0): Promise<void> {
    while (!ended() && (await this.move())) {
      if (pause > 0) await sleep(pause);
    }
  }

  /** Makes the next request, timed from `begun`, and checks the reply; false when there is no connection any more. Calls may overlap. */
  async move(begun = performance.now()): Promise<boolean> {
    const { round } = this.#game;
    const command = round[this.#turn++ % round.length]!;
    try {
      if (command === 'send') await this.#send();
      else if (command === 'inbox') await this.#inbox();
      else await this.#online();
    } catch (error) {
      return this.#note(error, command);
    }
    this.#game.timings.record(command, performance.now() - begun);
    return true;
  }

  /** Reads the inbox until nothing new comes, so that everything sent has had its chance to arrive. False when it cannot. */
  async drain(): Promise<boolean> {
    try {
      while ((await this.#inbox()) > 0);
      return true;
    } catch (error) {
      this.#note(error, 'inbox');
      return false;
    }
  }

  leave(): Promise<void> {
    return this.#client.close();
  }

  #note(error: unknown, command: string): boolean {
    if (!(error instanceof ConnectionLostError || error instanceof RefusedError)) throw error;
    this.#game.wrong(`${command}: ${error.message}`);
    return error instanceof RefusedError;
  }

  async #send(): Promise<void> {
    const { usernames, ledger } = this.#game;
    const peer = Math.floor(Math.random() * Math.min(PEERS, usernames.length));
    const recipient = usernames[(this.seat.number + 1 + peer) % usernames.length]!;
    const { text, acknowledged } = ledger.issue(this.seat.number, recipient);
    await this.#client.send(this.#token, recipient, text);
    acknowledged();
  }

  async #inbox(): Promise<number> {
    const bySender: Record<string, ReceivedMessage[]> = await this.#client.inbox(this.#token);
    let count = 0;
    for (const [from, messages] of Object.entries(bySender)) {
      count += messages.length;
      for (const { msg, msg_from, msg_to } of messages) {
        if (!msg_from || !msg_to) this.#game.wrong('inbox: a message without names');
        this.#game.ledger.receive(this.seat.number, this.seat.account.username, from, msg);
      }
    }
    return count;
  }

  async #online(): Promise<void> {
    const { page, more } = await this.#client.online(this.#token);
    // When there are more it may be among those.
    if (more > 0) return;
    if (!Object.values(page).some(({ username }) => username === this.seat.account.username)) {
      this.#game.wrong('online: does not list the one who asks');
    }
  }
}
