import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastNumber, PASSWORD } from '../support/full-store.ts';
import type { Random } from '../support/random.ts';

const PATIENCE_MS = 5000;
const LONGEST_PAUSE_MS = 200;
const MOST_AT_ONCE = 16;
const REPLY_END = '\r\n\r\n';

/** What is asked, TOKEN for the token and N for some number of a message. */
const REQUESTS = [
  [10, 'chats TOKEN'],
  [10, 'getgroups TOKEN'],
  [10, 'members TOKEN lab'],
  [10, 'inboxgroup TOKEN lab'],
  [10, 'history TOKEN #lab limit 200'],
  [10, 'history TOKEN other2 limit 200'],
  [10, 'inbox TOKEN'],
  [10, 'blocks TOKEN'],
  [10, 'sessions TOKEN'],
  [5, 'sendgroup TOKEN lab hello'],
  [5, 'listen TOKEN since N'],
  [3, 'ack TOKEN N with other7'],
  [1, 'ack TOKEN N'],
] as const;

/**
 * A client of an account that has as much of everything as an account can have (see fillDatabase). It asks for all that, much of it at
 * once, and comes again when its line is cut. What it is told does not matter: others must not notice.
 */
export class Glutton {
  readonly #port: number;
  readonly #random: Random;

  constructor(port: number, random: Random) {
    this.#port = port;
    this.#random = random;
  }

  async gorge(stopped: () => boolean): Promise<void> {
    let token: string | undefined;
    while (!stopped()) {
      const lines = token ? this.#lines(token) : [`auth full ${PASSWORD}`];
      const replies = await this.#ask(lines).catch(() => []);
      const refused = replies.some((reply) => reply.includes('Informasi tidak ditemukan'));
      const given = replies.map((reply) => /"tokenid": "([^"]+)"/.exec(reply)?.[1]).find(Boolean);
      if (given) token = given;
      else if (refused) token = undefined;
      await sleep(this.#random.between(0, LONGEST_PAUSE_MS));
    }
  }

  #lines(token: string): string[] {
    return Array.from({ length: this.#random.between(1, MOST_AT_ONCE) }, () =>
      this.#random
        .weighted(REQUESTS)
        .replace('TOKEN', token)
        .replace('N', String(this.#random.between(1, lastNumber()))),
    );
  }

  /** Resolves to the replies, as far as there are any in time. */
  async #ask(lines: readonly string[]): Promise<string[]> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    try {
      socket.write(lines.map((line) => `${line}\r\n`).join(''));
      let received = '';
      for await (const chunk of socket.setEncoding('latin1')) {
        received += chunk;
        if (received.split(REPLY_END).length > lines.length) break;
      }
      return received.split(REPLY_END).slice(0, -1);
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
  }
}
