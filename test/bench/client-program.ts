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
  /** How much of a processor this process' one thread of JavaScript used. */
  readonly busy: number;
  /** Microseconds of a processor that this process used for each request, V8's helpers included. */
  readonly processor: number;
}

interface Opening {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly reply: ReplyShape;
}

export const calls = {
  async open(load: Opening): Promise<void> {
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
   * Opens so many connections one after the other, each when the one before has had its first reply. Resolves to the times from
   * connect to reply, in milliseconds.
   */
  async openInTurn({
    requests,
    ...load
  }: Omit<Opening, 'connections'> & { requests: readonly string[] }): Promise<number[]> {
    const connections: LoopConnection[] = [];
    loads.set(load.id, connections);
    const times: number[] = [];
    for (const request of requests) {
      const began = performance.now();
      const connection = await LoopConnection.connect(load.host, load.port, load.reply);
      connections.push(connection);
      await connection.ask(request);
      times.push(performance.now() - began);
    }
    return times;
  },

  /** Makes one request on each connection, all at once, and once more where the reply contains `again`. Resolves to the last replies. */
  async ask({ id, requests, again }: { id: number; requests: string[]; again?: string }): Promise<string[]> {
    const asking = loads.get(id)!.map(async (connection, index) => {
      for (;;) {
        const reply = await connection.ask(requests[index]!);
        if (again === undefined || !reply.includes(again)) return reply;
      }
    });
    return Promise.all(asking);
  },

  /** Each connection makes its requests over and over for `ms`. In a ring each sends to the next, and a request is answered when it is heard there. */
  async loop(load: { id: number; requests: string[][]; ms: number; ring: boolean }): Promise<LoopFigures> {
    const { requests, ms } = load;
    const ready = requests.map((lines) => lines.map((line) => Buffer.from(line, 'latin1')));
    const connections = loads.get(load.id)!;
    const before = { thread: process.threadCpuUsage(), process: process.cpuUsage() };
    const loop = new Loop(connections.length, ms);
    for (const [index, connection] of connections.entries()) {
      connection.join(loop, ready[index]!, load.ring ? connections.at(index - 1) : undefined);
    }
    await loop.done;
    const thread = process.threadCpuUsage(before.thread);
    const whole = process.cpuUsage(before.process);
    const { histogram, began } = loop;
    for (const connection of connections) connection.rest();
    return {
      requests: histogram.count,
      seconds: ms / 1000,
      latency: { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99), max: histogram.max },
      busy: (thread.user + thread.system) / 1000 / (performance.now() - began),
      processor: (whole.user + whole.system) / histogram.count,
    };
  },

  close({ id }: { id: number }): void {
    for (const connection of loads.get(id) ?? []) connection.close();
    loads.delete(id);
  },
};

answerCalls(calls);
