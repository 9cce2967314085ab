import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Login } from './seed.ts';

export interface LiveSlice {
  /** Messages that reached a listener's socket. */
  readonly perSecond: number;
  /** Milliseconds from the sender's write to a listener's socket, sorted. */
  readonly latencies: readonly number[];
}

const END = '\r\n\r\n';
const MARK = /at (\d+\.\d+) /g;

/** One connection that asks, or hears. `hear` gets whole replies and events. */
class Line {
  readonly #socket: Socket;
  #partial = '';
  hear: (text: string) => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#partial += chunk.toString('latin1');
      const end = this.#partial.lastIndexOf(END);
      if (end < 0) return;
      const whole = this.#partial.slice(0, end + END.length);
      this.#partial = this.#partial.slice(end + END.length);
      this.hear(whole);
    });
  }

  static async open(port: number): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Line(socket);
  }

  write(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  async ask(line: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.hear = resolve;
    this.write(line);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }
}

export interface LiveOptions {
  readonly port: number;
  /** The first sends, all others get what it sends. */
  readonly logins: readonly Login[];
  /** Whether they listen; else they ask again and again. */
  readonly events: boolean;
}

/**
 * One who sends and others who get it: one other directly, several in a group. The next message is sent when all have the last, and a
 * message says when it was sent. All of them are in this process, so its clock is one.
 */
export class LiveField {
  readonly #options: LiveOptions;
  readonly #send: string;
  readonly #poll: (token: string) => string;
  readonly #sender: Line;
  readonly #others: readonly Line[];
  #latencies: number[] = [];
  #missing = 0;
  #gotAll = (): void => {};
  #polling = false;

  private constructor(options: LiveOptions, sender: Line, others: readonly Line[]) {
    this.#options = options;
    this.#sender = sender;
    this.#others = others;
    const [first, second] = options.logins as [Login, Login];
    const direct = others.length === 1;
    this.#send = direct ? `send ${first.token} ${second.username}` : `sendgroup ${first.token} all`;
    this.#poll = (token) => (direct ? `inbox ${token}` : `inboxgroup ${token} all`);
  }

  static async open(options: LiveOptions): Promise<LiveField> {
    const { port, logins, events } = options;
    const lines = await Promise.all(logins.map(() => Line.open(port)));
    const field = new LiveField(options, lines[0]!, lines.slice(1));
    const tokens = logins.map(({ token }) => token);
    await lines[0]!.ask(`addgroup ${tokens[0]} all`);
    for (const [index, line] of lines.entries()) {
      if (index === 0) continue;
      await line.ask(`joingroup ${tokens[index]} all`);
      if (events) await line.ask(`listen ${tokens[index]}`);
      line.hear = (text) => field.#heard(line, tokens[index]!, text);
    }
    return field;
  }

  async measure(ms: number): Promise<LiveSlice> {
    this.#latencies = [];
    const { events, logins } = this.#options;
    this.#polling = !events;
    // Its replies say no more than that the others get it.
    this.#sender.hear = () => {};
    if (this.#polling) {
      for (const [index, line] of this.#others.entries()) line.write(this.#poll(logins[index + 1]!.token));
    }
    const start = performance.now();
    while (performance.now() - start < ms) {
      this.#missing = this.#others.length;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#gotAll = resolve;
      this.#sender.write(`${this.#send} at ${performance.now().toFixed(3)} and some words more`);
      await promise;
    }
    const seconds = (performance.now() - start) / 1000;
    this.#polling = false;
    const latencies = this.#latencies.sort((a, b) => a - b);
    return { perSecond: latencies.length / seconds, latencies };
  }

  close(): void {
    for (const line of [this.#sender, ...this.#others]) line.close();
  }

  #heard(line: Line, token: string, text: string): void {
    const now = performance.now();
    for (const [, at] of text.matchAll(MARK)) {
      this.#latencies.push(now - Number(at));
      if (--this.#missing === 0) this.#gotAll();
    }
    if (this.#polling) line.write(this.#poll(token));
  }
}
