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
import { type LoadCommand, loadCommands, type Timings } from './timings.ts';

/** Who takes part, and where what happens is written. */
export interface Game {
  readonly usernames: readonly string[];
  readonly ledger: Ledger;
  /** Where the next reply's time is written. */
  timings: Timings;
  /** Takes note of a reply that should not have been. */
  wrong(what: string): void;
}

const REPLY_TIMEOUT_MS = 120_000;

/** One connection of a load run: logs in, then asks one thing after the other and checks each reply. */
export class Player {
  readonly #number: number;
  readonly #username: string;
  readonly #client: ChatClient;
  readonly #token: string;
  readonly #game: Game;
  #turn: number;

  private constructor(number: number, username: string, client: ChatClient, token: string, game: Game) {
    this.#number = number;
    this.#username = username;
    this.#client = client;
    this.#token = token;
    this.#game = game;
    this.#turn = number;
  }

  static async join(
    number: number,
    target: Pick<ClientOptions, 'host' | 'port' | 'tls'>,
    account: { username: string; password: string },
    game: Game,
  ): Promise<Player> {
    const client = await ChatClient.connect({ ...target, timeout: REPLY_TIMEOUT_MS });
    try {
      const token = await client.auth(account.username, account.password);
      return new Player(number, account.username, client, token, game);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Plays until `ended` says so or the connection is lost, with a `pause` (ms) behind each reply. */
  async play(ended: () => boolean, pause = 0): Promise<void> {
    while (!ended() && (await this.#move(loadCommands[this.#turn++ % loadCommands.length]!))) {
      if (pause > 0) await sleep(pause);
    }
  }

  /** Reads the inbox until nothing new comes, so that everything sent has had its chance to arrive. */
  async drain(): Promise<void> {
    try {
      while ((await this.#inbox()) > 0);
    } catch (error) {
      this.#note(error, 'inbox');
    }
  }

  leave(): Promise<void> {
    return this.#client.close();
  }

  /** One request and its check; false when there is no connection any more. */
  async #move(command: LoadCommand): Promise<boolean> {
    const start = performance.now();
    try {
      if (command === 'send') await this.#send();
      else if (command === 'inbox') await this.#inbox();
      else await this.#online();
    } catch (error) {
      return this.#note(error, command);
    }
    this.#game.timings.record(command, performance.now() - start);
    return true;
  }

  #note(error: unknown, command: string): boolean {
    if (!(error instanceof ConnectionLostError || error instanceof RefusedError)) throw error;
    this.#game.wrong(`${command}: ${error.message}`);
    return error instanceof RefusedError;
  }

  async #send(): Promise<void> {
    const { usernames, ledger } = this.#game;
    const recipient = usernames[Math.floor(Math.random() * usernames.length)]!;
    const { text, acknowledged } = ledger.issue(this.#number, recipient);
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
        this.#game.ledger.receive(this.#number, this.#username, from, msg);
      }
    }
    return count;
  }

  async #online(): Promise<void> {
    const sessions = Object.values(await this.#client.online(this.#token));
    if (!sessions.some(({ username }) => username === this.#username)) {
      this.#game.wrong('online: does not list the one who asks');
    }
  }
}
