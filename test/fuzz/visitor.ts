import { Random } from '../support/random.ts';
import { Address } from './address.ts';
import { Connection } from './connection.ts';
import { Conversation } from './conversation.ts';
import { Fault, FaultOnConnection } from './fault.ts';
import type { Belongings } from './requests.ts';
import { type Step, script } from './script.ts';
import type { Stage } from './stage.ts';
import { Tamer } from './tame.ts';
import { type Account, PASSWORD, type Session, type World } from './world.ts';

const LOGINS_EACH = 2;

/**
 * Comes to the server again and again, with one connection at a time and accounts that are its own: nobody else logs in to
 * them, so what the server answers depends on this visitor alone. What it does follows from the seed and its number.
 */
export class Visitor implements Belongings {
  readonly password = PASSWORD;
  readonly own: readonly string[];
  readonly everybody: readonly string[];
  readonly #number: number;
  readonly #stage: Stage;
  readonly #accounts: readonly Account[];
  readonly #tamer: Tamer;
  #connections = 0;

  /** `number`: from 0 on. */
  constructor(number: number, stage: Stage) {
    this.#number = number;
    this.#stage = stage;
    this.#accounts = stage.own(number);
    this.#tamer = new Tamer(stage.world, number, this.#accounts);
    this.own = this.#accounts.map(({ username }) => username);
    this.everybody = [...stage.world.accounts.keys()];
  }

  get tokens(): string[] {
    return [...this.#sessions(true), ...this.#stage.shared.sessions].map(({ token }) => token);
  }

  get spent(): string[] {
    return this.#sessions(false).map(({ token }) => token);
  }

  #sessions(live: boolean): Session[] {
    return this.#accounts.flatMap(({ sessions }) => sessions.filter((session) => session.live === live));
  }

  /** Logs in to its accounts, and to others. */
  async arrive(others: readonly Account[] = []): Promise<void> {
    const accounts = [...Array(LOGINS_EACH).fill(this.#accounts), others].flat();
    const requests = accounts.map(({ username }) => `auth ${username} ${PASSWORD}\r\n`);
    await this.play([write(requests.join('')), { does: 'end', how: 'close' }]);
  }

  /** Makes about `requests` requests, on as many connections as it takes. */
  async visit(seed: number, requests: number, ended: () => boolean): Promise<void> {
    for (let left = requests; left > 0 && !ended(); ) {
      const random = new Random(seed, this.#number, this.#connections + 1);
      left -= await this.play(script(random, this, this.#tamer.forConnection(random)));
    }
  }

  /** Reads everything that is left in the inboxes of these accounts, its own if none are given. */
  async readAll(accounts: readonly Account[] = this.#accounts): Promise<void> {
    await this.play(
      (function* (): Generator<Step> {
        for (const { sessions, mailbox } of accounts) {
          const { token } = sessions.find(({ live }) => live)!;
          for (let before = -1; before !== mailbox.shown; ) {
            before = mailbox.shown;
            yield write(`inbox ${token}\r\n`);
            yield { does: 'settle' };
          }
        }
        yield { does: 'end', how: 'close' };
      })(),
    );
  }

  /** Looks who is online. */
  async lookAround(): Promise<void> {
    await this.play([write(`online ${this.tokens[0]}\r\n`), { does: 'end', how: 'close' }]);
  }

  /**
   * Opens a connection and does this, up to its end. Returns how many requests that were.
   *
   * @throws FaultOnConnection, and so do all of these.
   */
  async play(steps: Iterable<Step>): Promise<number> {
    const { world, port } = this.#stage;
    const number = ++this.#connections;
    const address = new Address(world.tally.connections++);
    let connection: Connection | undefined;
    try {
      const conversation = new Conversation(world, address);
      connection = await Connection.open({ port, from: address.host }, conversation, world.tally);
      await connection.play(steps);
      return conversation.asked;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const done = connection?.done ?? [];
      const tokens = tokensIn(done, world);
      throw new FaultOnConnection(error, { visitor: this.#number, connection: number, steps: done, tokens });
    }
  }
}

const write = (text: string): Step => ({ does: 'write', bytes: Buffer.from(text) });

/** Whose the tokens in these steps are, by token. */
function tokensIn(steps: readonly Step[], { sessions }: World): Record<string, string> {
  const bytes = Buffer.concat(steps.flatMap((step) => (step.does === 'write' ? [step.bytes] : [])));
  const used = [...sessions.values()].filter(({ token }) => bytes.includes(token));
  return Object.fromEntries(used.map(({ token, account }) => [token, account.username]));
}
