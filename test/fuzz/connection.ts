import { connect, type Socket } from 'node:net';
import { ReplyDecoder } from '../../src/client/reply-decoder.ts';
import type { Conversation } from './conversation.ts';
import { Fault } from './fault.ts';
import type { Ending, Step } from './script.ts';
import type { Tally } from './tally.ts';

/** How long nothing may come while something must. */
const PATIENCE_MS = 30_000;
/** Requests in progress; a client that sends ahead without bound would only fill its own memory. */
const MOST_OWED = 4000;
/** More bytes than these may reach the server in several pieces, some time apart. */
const ONE_PIECE = 16_000;
const REPLY_END = '\r\n\r\n';
const MOST_SHOWN = 2000;
const NOT_PRINTABLE = /[^ -~]/;

export interface Place {
  readonly port: number;
  /** The address to connect from. */
  readonly from: string;
}

/** A connection that does what its script says, while its conversation checks what comes back. */
export class Connection {
  /** What it has done so far. */
  readonly done: Step[] = [];
  readonly #socket: Socket;
  readonly #conversation: Conversation;
  readonly #tally: Tally;
  readonly #decoder = new ReplyDecoder();
  /** How many bytes have come behind the last whole reply. */
  #unread = 0;
  #closed = false;
  #fault: Fault | undefined;
  #changed = Promise.withResolvers<void>();

  /** @throws Fault when the server does not let it in. */
  static async open({ port, from }: Place, conversation: Conversation, tally: Tally): Promise<Connection> {
    const socket = connect({
      host: '127.0.0.1',
      port,
      localAddress: from,
      noDelay: true,
      allowHalfOpen: true,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve).once('error', reject);
    try {
      await promise;
    } catch (error) {
      throw new Fault(`cannot connect: ${(error as Error).message}`, { cause: error });
    }
    return new Connection(socket, conversation, tally);
  }

  private constructor(socket: Socket, conversation: Conversation, tally: Tally) {
    this.#socket = socket;
    this.#conversation = conversation;
    this.#tally = tally;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => this.#fail(new Fault(`the connection broke: ${error.message}`)));
    for (const event of ['drain', 'close'] as const) socket.on(event, () => this.#change());
  }

  /**
   * Does all of the script, up to the connection's end.
   *
   * @throws Fault when the server does what it must not do, or does not do what it must.
   */
  async play(script: Iterable<Step>): Promise<void> {
    try {
      for (const step of script) {
        this.done.push(step);
        if (step.does === 'end') return await this.#finish(step.how);
        await this.#do(step);
        if (this.#conversation.over) return await this.#seeOut();
      }
    } finally {
      this.#socket.destroy();
    }
  }

  async #do(step: Exclude<Step, { does: 'end' }>): Promise<void> {
    switch (step.does) {
      case 'write':
        if (this.#socket.writableNeedDrain || this.#conversation.owed > MOST_OWED) {
          this.#socket.resume();
          await this.#until(() => !this.#socket.writableNeedDrain && this.#conversation.owed <= MOST_OWED);
        }
        this.#conversation.write(step.bytes);
        this.#tally.bytesOut += step.bytes.length;
        this.#socket.write(step.bytes);
        if (this.#socket.writableLength > 0 || step.bytes.length > ONE_PIECE) this.#conversation.scatter();
        return;
      case 'yield':
        return new Promise((resolve) => setImmediate(resolve));
      case 'settle':
        this.#socket.resume();
        return this.#until(() => this.#conversation.owed === 0);
      case 'stop reading':
        this.#socket.pause();
        return;
      case 'read on':
        this.#socket.resume();
    }
  }

  /** The server takes no more, and closes first. */
  async #seeOut(): Promise<void> {
    this.#tally.ending('closed by the server');
    this.#socket.resume();
    await this.#until(() => this.#closed);
    this.#conversation.finish();
    this.#socket.end();
  }

  async #finish(how: Ending): Promise<void> {
    this.#tally.ending(how);
    if (how !== 'reset') {
      this.#conversation.finish();
      this.#socket.end();
    }
    if (how === 'close' || how === 'half-close') {
      this.#socket.resume();
      return this.#until(() => this.#closed);
    }
    this.#conversation.giveUp();
    this.#socket.removeAllListeners('data');
    if (how === 'reset') this.#socket.resetAndDestroy();
    // Behind its end a connection cannot be reset, but closed: the system then answers what still comes with a reset.
    else this.#socket.destroy();
    if (this.#fault) throw this.#fault;
  }

  #read(chunk: Buffer): void {
    this.#tally.bytesIn += chunk.length;
    this.#unread += chunk.length;
    for (const reply of this.#decoder.push(chunk)) {
      this.#unread -= reply.length + REPLY_END.length;
      this.#check(reply);
    }
    this.#change();
  }

  #check(reply: string): void {
    this.#watch(() => {
      if (NOT_PRINTABLE.test(reply)) throw new Fault('a reply holds more than printable ASCII');
      this.#conversation.reply(reply);
    }, reply);
  }

  #end(): void {
    this.#watch(() => {
      this.#conversation.close();
      if (this.#unread > 0) throw new Fault(`${this.#unread} bytes came behind the last reply`);
    });
    this.#closed = true;
    this.#change();
  }

  /** Does what may show a fault, unless one has shown before. */
  #watch(check: () => void, came = ''): void {
    if (this.#fault) return;
    try {
      check();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const shown = came.length > MOST_SHOWN ? `${came.slice(0, MOST_SHOWN)}… (${came.length} bytes)` : came;
      this.#fail(came ? new Fault(`${error.message}\n  came: ${shown}`, { cause: error }) : error);
    }
  }

  #fail(fault: Fault): void {
    this.#fault ??= fault;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when this is so. @throws Fault when anything is wrong first, or nothing changes for too long. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!this.#fault && !isSo()) {
      const timer = setTimeout(() => {
        this.#fail(
          new Fault(
            `nothing has come for ${PATIENCE_MS / 1000} s; ${this.#conversation.owed} replies are owed`,
          ),
        );
      }, PATIENCE_MS);
      await this.#changed.promise;
      clearTimeout(timer);
    }
    if (this.#fault) throw this.#fault;
  }
}
