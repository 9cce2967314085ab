/**
 * Starts threads and bare Workers, to tell what they cost: a process of its own for each figure, because what one has started
 * changes what the next one costs.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { connect as connectSecurely } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { createLog } from '../../src/log.ts';
import { Steps } from '../../src/steps.ts';
import type { Answerer } from '../../src/threads/answerer.ts';
import { Bell } from '../../src/threads/bell.ts';
import { ConnectionThread, RESOURCE_LIMITS } from '../../src/threads/connection-thread.ts';
import type { TlsData } from '../../src/threads/messages.ts';
import { ThreadPool } from '../../src/threads/pool.ts';
import { Tally } from '../../src/threads/tally.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';
import { answerCalls } from './helper.ts';
import { residentKilobytes } from './processes.ts';
import { median } from './statistics.ts';

/**
 * What is started:
 * - bare: a Worker of an empty file, until it is online; limited: the same with the heap limits of the server's threads;
 * - thread: a connection thread, until it has run its program and can take a socket; tls: the same with node:tls loaded;
 * - connection: from the client's connect, through accept, the start of a thread and the socket's move, to the first reply in
 *   the client's hands; secure: the same over TLS, with the handshake, both sides.
 */
export type Kind = 'bare' | 'limited' | 'thread' | 'tls' | 'connection' | 'secure';

/** So many are started before any figure is taken. */
const FIRST = 5;

async function bareWorker(limits = {}): Promise<void> {
  // An empty program would end at once: this one only keeps its port open.
  const program = "require('node:worker_threads').parentPort.on('message', () => {})";
  const worker = new Worker(program, { eval: true, resourceLimits: limits });
  await new Promise((resolve) => worker.once('online', resolve));
}

const settings = {
  program: compileThreadProgram(readFileSync(join(import.meta.dirname, '../../dist/connection.cjs'), 'utf8')),
  limits: {
    maxRequest: 65_536,
    maxRate: undefined,
    maxUnwritten: 32 * 1024 * 1024,
    slowTimeout: 30_000,
    deadAfter: 60_000,
  },
  drills: false,
  versions: new Versions(),
  connectionsEach: 1,
};
const keys = join(import.meta.dirname, '../fixtures/test-keys');
const credential = (name: string): string => readFileSync(join(keys, name), 'utf8');
const tls: TlsData = {
  context: { cert: credential('server.pem'), key: credential('server-key.pem') },
  handshakeTimeout: 10_000,
};

async function connectionThread(tls?: TlsData): Promise<void> {
  const { promise: online, resolve: ready } = Promise.withResolvers<void>();
  const nothing = (): void => {};
  const events = { ready, asked: nothing, took: nothing, closed: nothing, lost: nothing, ended: nothing };
  const thread = new ConnectionThread(1, { ...settings, tls }, new Bell(), events);
  await online;
  // It runs its program now. Nobody tells when that is done, and looking all the time takes a processor: so only from here on.
  while (thread.pulse.read().activity === 'starting') await new Promise(setImmediate);
}

/** Opens real connections, each handed to a thread of the server's own kind, and waits for one reply on each. */
async function connectionThreads(tls?: TlsData): Promise<() => Promise<void>> {
  const answerer: Answerer = {
    open: () => {},
    took: () => {},
    lose: () => {},
    describe: String,
    answer: async (requests, post) => {
      const results = requests.map(({ connection }) => ({
        connection,
        text: 'x',
        replies: 1,
        errors: 0,
        delivers: false,
        ended: false,
      }));
      post(results, true);
    },
  };
  const log = createLog({ level: 'error', format: 'text', rate: 0 });
  const threads = new ThreadPool(
    {
      ...settings,
      tls,
      spareThreads: 0,
      maxThreads: 10_000,
      maxPerAddress: undefined,
      maxConnections: 10_000,
      maxRefused: 100,
      sharedThreads: undefined,
    },
    {
      answerer,
      log,
      refused: new Tally(),
      dropped: new Tally(),
      onFailure: () => {},
      steps: new Steps(),
      room: { isRoomFor: () => true },
    },
  );
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
    threads.take(socket),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return async () => {
    const options = { port, host: '127.0.0.1' };
    const socket: Socket = tls ? connectSecurely({ ...options, ca: credential('ca.pem') }) : connect(options);
    socket.write('online\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
  };
}

const starters: Record<Kind, () => Promise<() => Promise<void>>> = {
  bare: async () => () => bareWorker(),
  limited: async () => () => bareWorker(RESOURCE_LIMITS),
  thread: async () => () => connectionThread(),
  tls: async () => () => connectionThread(tls),
  connection: () => connectionThreads(),
  secure: () => connectionThreads(tls),
};

export const calls = {
  /** Resident memory of one, in kB, of `count` that are kept. One call for each process: nothing of it is given back. */
  async memory({ kind, count }: { kind: Kind; count: number }): Promise<number> {
    const start = await starters[kind]();
    for (let warm = 0; warm < FIRST; warm++) await start();
    const before = residentKilobytes(process.pid);
    for (let started = 0; started < count; started++) await start();
    return (residentKilobytes(process.pid) - before) / count;
  },

  /** The median time to start one of each kind, in milliseconds; they take turns, `count` times. */
  async start({ kinds, count }: { kinds: readonly Kind[]; count: number }): Promise<Map<Kind, number>> {
    const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
    const starts = await Promise.all(kinds.map(async (kind) => [kind, await starters[kind]()] as const));
    for (let round = -FIRST; round < count; round++) {
      for (const [kind, start] of starts) {
        const began = performance.now();
        await start();
        if (round >= 0) times.get(kind)!.push(performance.now() - began);
      }
    }
    return new Map([...times].map(([kind, values]) => [kind, median(values)]));
  },
};

answerCalls(calls);
