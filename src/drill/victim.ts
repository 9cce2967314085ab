import { connect } from 'node:net';
import { ReplyDecoder } from '../client/reply-decoder.ts';
import type { LoadAccount } from '../load/own-server.ts';
import { type Disaster, disasters } from '../threads/drill.ts';

export const drills = [...disasters, 'slow-reader'] as const;
export type DrillName = Disaster | 'slow-reader';

/** How much the slow reader asks for at a time. */
const REQUESTS_AT_ONCE = 1000;

/** The connection that the disaster happens in. */
export class Victim {
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  readonly #socket;
  #token = '';

  private constructor(socket: ReturnType<typeof connect>) {
    this.#socket = socket;
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    // A reset is one of the ways to go.
    socket.on('error', () => {});
  }

  static async login(
    target: { host: string; port: number },
    { username, password }: LoadAccount,
  ): Promise<Victim> {
    const socket = connect(target);
    const victim = new Victim(socket);
    const decoder = new ReplyDecoder();
    socket.write(`auth ${username} ${password}\r\n`);
    const reply = await new Promise<string>((resolve, reject) => {
      socket.on('data', (chunk) => {
        const [first] = decoder.push(chunk as Buffer);
        if (first) resolve(first);
      });
      socket.once('close', () => reject(new Error('the connection for the drill was closed')));
    });
    victim.#token = JSON.parse(reply).tokenid;
    return victim;
  }

  setOff(drill: DrillName): void {
    if (drill !== 'slow-reader') {
      this.#socket.write(`drill ${drill}\r\n`);
      return;
    }
    this.#socket.pause();
    const requests = `online ${this.#token}\r\n`.repeat(REQUESTS_AT_ONCE);
    const ask = (): void => {
      if (this.#socket.writable) this.#socket.write(requests, ask);
    };
    ask();
  }

  close(): void {
    this.#socket.destroy();
  }
}
