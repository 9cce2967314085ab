import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChatClient,
  ConnectionLostError,
  type ReceivedMessage,
  RefusedError,
} from '../../src/client/client.ts';
import type { Random } from '../support/random.ts';
import type { Mark, Recorder } from './record.ts';

const ACTIONS = [
  [120, 'send'],
  [44, 'inbox'],
  [12, 'ahead'],
  [8, 'close'],
  [8, 'reset'],
  [1, 'disaster'],
] as const;
type Action = (typeof ACTIONS)[number][1];

/** Those that are over in an instant. */
const DISASTERS = ['throw', 'reject', 'exit'];
const REPLY_TIMEOUT_MS = 3000;
const LONGEST_PAUSE_MS = 10;
const RETRY_MS = 50;
const NO_SESSION = 'Informasi tidak ditemukan';
const LONGEST_PADDING = 300;

/** How much is behind a text's words, different for each message and known to both sides. */
const paddingOf = (number: number): string => 'é😀x'.repeat((number * 31) % LONGEST_PADDING);
const textOf = (sender: string, number: number): string =>
  `torture ${sender} ${number} ${paddingOf(number)}.`;

export interface ChatterOptions {
  readonly name: string;
  readonly password: string;
  /** Everybody, this one included. */
  readonly names: readonly string[];
  readonly port: number;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly disk: DiskTrouble;
}

/** Counts up when the disk is made to fail and when it is made to work again, so it is odd while the disk fails. */
export interface DiskTrouble {
  changes: number;
}

/** A client that sends numbered messages, reads its inbox, breaks off, comes back, and writes down all that it sees. */
export class Chatter {
  readonly #options: ChatterOptions;
  readonly #numbers = new Map<string, number>();
  #client: ChatClient | undefined;
  /** Counts up with every connection. */
  #connection = 0;
  #token: string | undefined;

  constructor(options: ChatterOptions) {
    this.#options = options;
  }

  /** Chats until told to stop. */
  async chat(stopped: () => boolean): Promise<void> {
    const { random } = this.#options;
    while (!stopped()) {
      await this.#survive(() => this.#act(random.weighted(ACTIONS)));
      await sleep(random.between(0, LONGEST_PAUSE_MS));
    }
  }

  /** Reads until the inbox is empty, however often it has to come back for it; then leaves. */
  async drain(): Promise<void> {
    for (let empty = false; !empty; ) {
      await this.#survive(async () => {
        const { client, token } = await this.#login();
        empty = (await this.#look(client, token)) === 0;
      });
    }
    await this.#client?.close();
  }

  async #survive(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof RefusedError) {
        if (error.message === NO_SESSION) this.#token = undefined;
      } else if (error instanceof ConnectionLostError) this.#client = undefined;
      else throw error;
      await sleep(RETRY_MS);
    }
  }

  async #login(): Promise<{ client: ChatClient; token: string }> {
    const { name, password, port } = this.#options;
    if (!this.#client) {
      this.#client = await ChatClient.connect({ host: '127.0.0.1', port, timeout: REPLY_TIMEOUT_MS });
      this.#connection++;
    }
    this.#token ??= await this.#client.auth(name, password);
    return { client: this.#client, token: this.#token };
  }

  async #act(action: Action): Promise<void> {
    const { random } = this.#options;
    const { client, token } = await this.#login();
    switch (action) {
      case 'send':
        return this.#send(client, token);
      case 'inbox':
        await this.#look(client, token);
        return;
      case 'ahead': {
        // In one packet: a request on its way while the reply comes the other way would count as a receipt.
        const both = Promise.allSettled([client.inbox(token), client.online(token)]);
        if (random.chance(0.5)) {
          await sleep(random.between(0, 5));
          this.#breakOff(client);
        }
        const [shown] = await both;
        if (shown.status === 'rejected') throw shown.reason;
        this.#note(shown.value, true);
        return;
      }
      case 'close':
        this.#client = undefined;
        return client.close();
      case 'reset':
        return this.#breakOff(client);
      case 'disaster':
        await client.request(`drill ${random.pick(DISASTERS)}`);
    }
  }

  #breakOff(client: ChatClient): void {
    this.#client = undefined;
    client.reset();
  }

  async #send(client: ChatClient, token: string): Promise<void> {
    const { name, names, random, recorder, disk } = this.#options;
    const to = random.pick(names);
    const number = (this.#numbers.get(to) ?? 0) + 1;
    this.#numbers.set(to, number);
    recorder.write({ event: 'issue', to, number });
    const before = disk.changes;
    try {
      await client.send(token, to, textOf(name, number));
    } catch (error) {
      if (error instanceof RefusedError) recorder.write({ event: 'refuse', to, number });
      throw error;
    }
    recorder.write({ event: 'ack', to, number });
    this.#confirm(before);
  }

  /** Reads the inbox; returns how many messages there were. */
  async #look(client: ChatClient, token: string): Promise<number> {
    const before = this.#options.disk.changes;
    const inbox = await client.inbox(token);
    this.#confirm(before);
    return this.#note(inbox, false);
  }

  /** A request is answered that was made when the disk's changes were at `before`. */
  #confirm(before: number): void {
    const { recorder, disk } = this.#options;
    const well = before % 2 === 0 && disk.changes === before;
    if (well) recorder.write({ event: 'confirmed', connection: this.#connection });
  }

  #note(inbox: Record<string, ReceivedMessage[]>, weak: boolean): number {
    const { recorder } = this.#options;
    const messages: Mark[] = [];
    for (const [sender, texts] of Object.entries(inbox)) {
      for (const { msg } of texts) {
        const number = Number(msg.split(' ')[2]);
        if (msg === textOf(sender, number)) messages.push([sender, number]);
        else recorder.write({ event: 'garbled', what: `from ${sender}: ${msg}` });
      }
    }
    if (messages.length > 0) recorder.write({ event: 'shown', connection: this.#connection, messages, weak });
    return messages.length;
  }
}
