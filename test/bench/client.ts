import { join } from 'node:path';
import type { calls, LoopFigures } from './client-program.ts';
import { Helper } from './helper.ts';
import type { ReplyShape } from './loop.ts';

export type { LoopFigures };

interface Address {
  readonly host: string;
  readonly port: number;
  readonly reply: ReplyShape;
}

/** A client in a process of its own; the same one for all servers, so that it is equally warm for each. */
export class Client {
  readonly #helper = new Helper<typeof calls>(join(import.meta.dirname, 'client-program.ts'));
  #loads = 0;

  get pid(): number {
    return this.#helper.pid;
  }

  /** Opens so many connections to a server. */
  async open({ host, port, reply }: Address, connections: number): Promise<Load> {
    const id = ++this.#loads;
    await this.#helper.call('open', { id, host, port, connections, reply });
    return new Load(this.#helper, id);
  }

  /** Opens a connection for each request, one after the other; how long each took to its reply, in milliseconds. */
  async openInTurn(
    { host, port, reply }: Address,
    requests: readonly string[],
  ): Promise<{ load: Load; times: number[] }> {
    const id = ++this.#loads;
    const times = await this.#helper.call('openInTurn', { id, host, port, requests, reply });
    return { load: new Load(this.#helper, id), times };
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

  /** Makes one request on each connection, all at once, and once more where the reply contains `again`. Resolves to the last replies. */
  ask(requests: string[], again?: string): Promise<string[]> {
    return this.#helper.call('ask', { id: this.#id, requests, ...(again === undefined ? {} : { again }) });
  }

  /**
   * Each connection makes its requests over and over for `ms`, each behind the reply to the one before; in a ring behind the
   * moment when the next connection has heard it.
   */
  loop(requests: string[][], ms: number, ring = false): Promise<LoopFigures> {
    return this.#helper.call('loop', { id: this.#id, requests, ms, ring });
  }

  async close(): Promise<void> {
    await this.#helper.call('close', { id: this.#id });
  }
}
