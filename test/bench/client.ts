import { join } from 'node:path';
import type { calls, LoopFigures } from './client-program.ts';
import { Helper } from './helper.ts';
import type { ReplyShape } from './loop.ts';

export type { LoopFigures };

/** A client in a process of its own; the same one for all servers, so that it is equally warm for each. */
export class Client {
  readonly #helper = new Helper<typeof calls>(join(import.meta.dirname, 'client-program.ts'));
  #loads = 0;

  /** Opens so many connections to a server. */
  async open(
    server: { readonly host: string; readonly port: number; readonly reply: ReplyShape },
    connections: number,
  ): Promise<Load> {
    const id = ++this.#loads;
    const { host, port, reply } = server;
    await this.#helper.call('open', { id, host, port, connections, reply });
    return new Load(this.#helper, id);
  }

  stop(): Promise<void> {
    return this.#helper.stop();
  }
}

/** Connections to one server. Requests are given by connection, in the bytes that are written. */
export class Load {
  readonly #helper: Helper<typeof calls>;
  readonly #id: number;

  constructor(helper: Helper<typeof calls>, id: number) {
    this.#helper = helper;
    this.#id = id;
  }

  /**
   * Makes one request on each connection, all at once, and once more where the reply contains `again`. Resolves to the length
   * of each connection's last reply, in bytes.
   */
  ask(requests: string[], again?: string): Promise<number[]> {
    return this.#helper.call('ask', { id: this.#id, requests, ...(again === undefined ? {} : { again }) });
  }

  /** Each connection makes its requests over and over for `ms`, each behind the reply to the one before. */
  loop(requests: string[][], ms: number): Promise<LoopFigures> {
    return this.#helper.call('loop', { id: this.#id, requests, ms });
  }

  async close(): Promise<void> {
    await this.#helper.call('close', { id: this.#id });
  }
}
