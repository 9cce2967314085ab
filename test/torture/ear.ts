import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';

/** A message as a listener heard it. */
export interface Heard {
  readonly id: number;
  readonly msg: string;
}

export interface EarOptions {
  readonly name: string;
  readonly password: string;
  readonly port: number;
  /** Users and groups (`#name`) to write to. */
  readonly others: readonly string[];
  readonly random: Random;
}

/** Longer than any disturbance of a line, so that a line that says nothing is given up. */
const REPLY_TIMEOUT_MS = 5000;
const PAUSE_MS = [1, 60] as const;
const RECONNECT_MS = [10, 200] as const;
const NO_SESSION = 'Informasi tidak ditemukan';

type Reply = Record<string, unknown>;

/** A client that listens and sends by key, and comes back whenever its line is lost: what a good client does, in its shortest form. */
export class Ear {
  readonly name: string;
  /** All that it was told of, in the order in which it came. */
  readonly heard: Heard[] = [];
  /** By key, what it has sent, each until it was answered. */
  readonly sent = new Map<string, { readonly to: string; readonly text: string; id: number | undefined }>();
  readonly #options: EarOptions;
  #socket: Socket | undefined;
  #token = '';
  #since = 0;
  #incarnation = '';
  #partial = '';
  #waiting: ((reply: Reply | undefined) => void)[] = [];
  #dropped = false;

  constructor(options: EarOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async talk(over: () => boolean): Promise<void> {
    const { random, others, name } = this.#options;
    while (!over()) {
      await this.post(random.pick(others), `${name} ${this.sent.size}`);
      await sleep(random.between(...PAUSE_MS));
    }
  }

  /** Resolves when the message is acknowledged, however often that takes. */
  async post(to: string, text: string): Promise<void> {
    const key = String(this.sent.size);
    const message = { to, text, id: undefined as number | undefined };
    this.sent.set(key, message);
    while (message.id === undefined) {
      const reply = await this.insist(`post TOKEN ${key} ${to} ${text}`);
      if (reply.status === 'OK') message.id = Number(reply.id);
      else await this.#rest();
    }
  }

  /** Resolves when it has heard this text. */
  async hears(text: string): Promise<void> {
    while (!this.heard.some(({ msg }) => msg === text)) {
      // Asks something, so that a dead line is noticed.
      await this.insist('chats TOKEN');
      await sleep(20);
    }
  }

  /** The reply to a request that does no harm when it is asked twice; TOKEN stands for the token. */
  async insist(request: string): Promise<Reply> {
    for (;;) {
      const reply = await this.#ready().then(
        () => this.#ask(request.replace('TOKEN', this.#token)),
        () => undefined,
      );
      if (reply && reply.message !== NO_SESSION) return reply;
      if (reply) this.#token = '';
      this.#socket?.destroy();
      await this.#rest();
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #rest(): Promise<void> {
    await sleep(this.#options.random.between(...RECONNECT_MS));
  }

  /** Connected, logged in and listening. @throws Error */
  async #ready(): Promise<void> {
    if (!this.#socket || this.#socket.destroyed) await this.#connect();
    else if (this.#dropped) await this.#listen();
  }

  async #connect(): Promise<void> {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    this.#partial = '';
    this.#waiting = [];
    socket.on('data', (chunk) => this.#read(socket, chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      for (const answer of this.#waiting.splice(0)) answer(undefined);
    });
    if (this.#token === '') {
      const { name, password } = this.#options;
      const reply = await this.#ask(`auth ${name} ${password}`);
      if (reply?.status !== 'OK') throw new Error('no login');
      this.#token = String(reply.tokenid);
    }
    await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#dropped = false;
    const of = this.#incarnation === '' ? '' : ` incarnation ${this.#incarnation}`;
    const reply = await this.#ask(`listen ${this.#token} since ${this.#since}${of}`);
    if (reply?.status === 'OK') this.#incarnation = String(reply.incarnation);
    if (reply?.message === NO_SESSION) this.#token = '';
    if (reply?.status !== 'OK') {
      this.#socket?.destroy();
      throw new Error('not listening');
    }
  }

  /** Undefined when the line was lost. */
  #ask(line: string): Promise<Reply | undefined> {
    const socket = this.#socket!;
    const { promise, resolve } = Promise.withResolvers<Reply | undefined>();
    const timer = setTimeout(() => socket.destroy(), REPLY_TIMEOUT_MS);
    this.#waiting.push((reply) => {
      clearTimeout(timer);
      resolve(reply);
    });
    socket.write(`${line}\r\n`);
    return promise;
  }

  #read(socket: Socket, text: string): void {
    if (this.#socket !== socket) return;
    const parts = (this.#partial + text).split('\r\n\r\n');
    this.#partial = parts.pop()!;
    for (const part of parts) {
      const said = JSON.parse(part) as Reply;
      if (!('event' in said)) this.#waiting.shift()!(said);
      else if (said.event === 'dropped') this.#dropped = true;
      else if ('id' in said) {
        this.#since = Number(said.id);
        if (said.event === 'message') this.heard.push({ id: this.#since, msg: String(said.msg) });
      }
    }
  }
}
