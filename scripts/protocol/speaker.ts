import { connect, type Socket } from 'node:net';
import { ReplyDecoder } from '../../src/client/reply-decoder.ts';

/** One request, written with the word TOKEN for a token, and its reply as it came, without its end. */
export interface Exchange {
  readonly who: string;
  readonly request: string;
  readonly reply: string;
  /** Whether the document shows it. */
  readonly shown: boolean;
}

export interface Heard {
  readonly who: string;
  readonly event: string;
}

/** What was said in a conversation, in order. */
export interface Recording {
  readonly exchanges: readonly Exchange[];
  readonly events: readonly Heard[];
}

type Json = Readonly<Record<string, unknown>>;

/** Somebody on a connection of their own, whose words are taken down. They ask one thing at a time. */
export class Speaker {
  readonly name: string;
  readonly #socket: Socket;
  readonly #exchanges: Exchange[];
  readonly #heard: Heard[];
  readonly #replies: string[] = [];
  readonly #events: Json[] = [];
  #token = '';
  #failure: Error | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(name: string, socket: Socket, exchanges: Exchange[], heard: Heard[]) {
    this.name = name;
    this.#socket = socket;
    this.#exchanges = exchanges;
    this.#heard = heard;
    const decoder = new ReplyDecoder();
    socket.on('data', (chunk: Buffer) => {
      for (const text of decoder.push(chunk)) this.#take(text);
      this.#change();
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  static async open(
    port: number,
    name: string,
    record: { readonly exchanges: Exchange[]; readonly events: Heard[] },
  ): Promise<Speaker> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Speaker(name, socket, record.exchanges, record.events);
  }

  /** Makes a request, in which TOKEN stands for the token that the last login gave. Resolves to the reply. */
  ask(request: string): Promise<Json> {
    return this.#ask(request, false);
  }

  /** The same, for the document to show. */
  show(request: string): Promise<Json> {
    return this.#ask(request, true);
  }

  /** The next event of this kind; others before it are passed over. */
  async hears(kind: string): Promise<Json> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.event === kind) return event;
      if (!event) await this.#more(`heard no ${kind}`);
    }
  }

  /** Closes the connection in order. */
  async leave(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.end();
    await closed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #ask(request: string, shown: boolean): Promise<Json> {
    this.#socket.write(`${request.replace('TOKEN', this.#token)}\r\n`);
    while (this.#replies.length === 0) await this.#more(`got no reply to ${request}`);
    const reply = this.#replies.shift()!;
    this.#exchanges.push({ who: this.name, request, reply, shown });
    const body = JSON.parse(reply) as Json;
    if (typeof body.tokenid === 'string') this.#token = body.tokenid;
    return body;
  }

  #take(text: string): void {
    const body = JSON.parse(text) as Json;
    if (!('event' in body)) {
      this.#replies.push(text);
      return;
    }
    this.#events.push(body);
    this.#heard.push({ who: this.name, event: text });
  }

  async #more(what: string): Promise<void> {
    if (this.#failure) throw new Error(`${this.name} ${what}: ${this.#failure.message}`);
    await this.#changed.promise;
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
