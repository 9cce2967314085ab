/** The client's process. It knows nothing of any protocol: what is asked, and how a reply ends, is told to it. */
import { performance } from 'node:perf_hooks';
import { answerCalls } from './helper.ts';
import { Loop, LoopConnection, type ReplyShape } from './loop.ts';
import type { Latency } from './results.ts';

/** So many connections are opened at a time. */
const OPEN_AT_ONCE = 100;

const loads = new Map<number, LoopConnection[]>();

export interface LoopFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly latency: Latency;
  readonly bytes: number;
  /** How much of a processor this process' one thread of JavaScript used. */
  readonly busy: number;
}

export const calls = {
  async open(load: {
    id: number;
    host: string;
    port: number;
    connections: number;
    reply: ReplyShape;
  }): Promise<void> {
    const connections: LoopConnection[] = [];
    loads.set(load.id, connections);
    while (connections.length < load.connections) {
      const count = Math.min(OPEN_AT_ONCE, load.connections - connections.length);
      const opening = Array.from({ length: count }, () =>
        LoopConnection.connect(load.host, load.port, load.reply),
      );
      connections.push(...(await Promise.all(opening)));
    }
  },

  /**
   * Makes one request on each connection, all at once, and once more where the reply contains `again`. Resolves to the length
   * of each connection's last reply, in bytes.
   */
  async ask({ id, requests, again }: { id: number; requests: string[]; again?: string }): Promise<number[]> {
    const asking = loads.get(id)!.map(async (connection, index) => {
      for (;;) {
        const reply = await connection.ask(requests[index]!);
        if (again === undefined || !reply.includes(again)) return reply.length;
      }
    });
    return Promise.all(asking);
  },

  /** Each connection makes its requests over and over for `ms`. */
  async loop({ id, requests, ms }: { id: number; requests: string[][]; ms: number }): Promise<LoopFigures> {
    const ready = requests.map((lines) => lines.map((line) => Buffer.from(line, 'latin1')));
    const connections = loads.get(id)!;
    const before = process.threadCpuUsage();
    const loop = new Loop(connections.length, ms);
    for (const [index, connection] of connections.entries()) connection.join(loop, ready[index]!);
    await loop.done;
    const { user, system } = process.threadCpuUsage(before);
    const { histogram, bytes, began } = loop;
    const at = (share: number): number => histogram.quantile(share);
    return {
      requests: histogram.count,
      seconds: ms / 1000,
      latency: { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: histogram.max },
      bytes,
      busy: (user + system) / 1000 / (performance.now() - began),
    };
  },

  close({ id }: { id: number }): void {
    for (const connection of loads.get(id) ?? []) connection.close();
    loads.delete(id);
  },
};

answerCalls(calls);
