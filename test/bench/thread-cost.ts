/**
 * What one idle connection thread costs beside a bare `new Worker` of an empty file.
 *
 * - Memory: resident, per thread, each figure from a process of its own. The server gives its threads heap limits,
 *   which make them smaller; so a bare Worker with the same limits stands beside them too.
 * - Start: one after the other in one process, taking turns. Bare: until the Worker is online. Thread: until a connection
 *   thread has run its program and can take a socket. Connection: from the client's connect, through accept, the start of
 *   a thread and the socket's move, to the first reply in the client's hands.
 * - Over TLS: the thread has loaded node:tls and made its context; the connection's start has the handshake in it, both sides.
 *
 *   npm run bench:threads -- [ROUNDS] [THREADS]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { connect as connectSecurely } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { createLog } from '../../src/log.ts';
import type { Answerer } from '../../src/threads/answerer.ts';
import { Bell } from '../../src/threads/bell.ts';
import { ConnectionThread, RESOURCE_LIMITS } from '../../src/threads/connection-thread.ts';
import type { TlsData } from '../../src/threads/messages.ts';
import { ThreadPool } from '../../src/threads/pool.ts';
import { Tally } from '../../src/threads/tally.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';

const kinds = ['bare', 'limited', 'thread', 'tls', 'connection', 'secure'] as const;
type Kind = (typeof kinds)[number];

const residentKilobytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

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
};
const keys = join(import.meta.dirname, '../fixtures/test-keys');
const credential = (name: string): string => readFileSync(join(keys, name), 'utf8');
const tls: TlsData = {
  context: { cert: credential('server.pem'), key: credential('server-key.pem') },
  handshakeTimeout: 10_000,
};

async function connectionThread(tls?: TlsData): Promise<void> {
  const nothing = (): void => {};
  const thread = new ConnectionThread(1, { ...settings, tls }, new Bell(), {
    ready: nothing,
    asked: nothing,
    closed: nothing,
    ended: nothing,
  });
  while (thread.pulse.read().activity === 'starting') await new Promise(setImmediate);
}

/** Opens real connections, each handed to a thread of the server's own kind, and waits for one reply on each. */
async function connectionThreads(tls?: TlsData): Promise<() => Promise<void>> {
  const answerer: Answerer = {
    open: () => {},
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
      sharedThreads: undefined,
    },
    { answerer, log, refused: new Tally(), dropped: new Tally(), onFailure: () => {} },
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

async function memory(kind: Kind, count: number): Promise<number> {
  const start = await starters[kind]();
  for (let warm = 0; warm < 5; warm++) await start();
  const before = residentKilobytes();
  for (let started = 0; started < count; started++) await start();
  return (residentKilobytes() - before) / count;
}

async function startTimes(count: number): Promise<Record<Kind, number[]>> {
  const times = none();
  const start = Object.fromEntries(
    await Promise.all(kinds.map(async (kind) => [kind, await starters[kind]()] as const)),
  ) as Record<Kind, () => Promise<void>>;
  for (let round = -5; round < count; round++) {
    for (const kind of kinds) {
      const began = performance.now();
      await start[kind]();
      if (round >= 0) times[kind].push(performance.now() - began);
    }
  }
  return times;
}

/** No figures yet. */
function none(): Record<Kind, number[]> {
  return { bare: [], limited: [], thread: [], tls: [], connection: [], secure: [] };
}

/** Runs this file anew for one figure. */
const apart = (...args: string[]): unknown =>
  JSON.parse(execFileSync(process.execPath, [import.meta.filename, 'apart', ...args], { encoding: 'utf8' }));

if (process.argv[2] === 'apart') {
  const [kind, count] = [process.argv[3] as Kind | 'start', Number(process.argv[4])];
  const figure = kind === 'start' ? await startTimes(count) : await memory(kind, count);
  process.stdout.write(JSON.stringify(figure));
  process.exit(0);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const spread = (values: number[]): string =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`.padEnd(
    32,
  );

const rounds = Number(process.argv[2] ?? 5);
const threads = Number(process.argv[3] ?? 100);
const kilobytes = none();
const milliseconds = none();
for (let round = 0; round < rounds; round++) {
  for (const kind of kinds) kilobytes[kind].push(apart(kind, String(threads)) as number);
  const times = apart('start', String(threads)) as Record<Kind, number[]>;
  for (const kind of kinds) milliseconds[kind].push(median(times[kind]));
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}

const row = (name: string, figures: (values: Record<Kind, number[]>) => number[]): string =>
  `${name.padEnd(40)}${spread(figures(kilobytes))}${spread(figures(milliseconds))}`.trimEnd();
const ratio = (kind: Kind, to: Kind) => (values: Record<Kind, number[]>) =>
  values[kind].map((value, round) => value / values[to][round]!);
process.stdout.write(`${threads} threads, ${rounds} rounds, medians (least to most)

${' '.repeat(40)}${'kB a thread'.padEnd(32)}ms to start
${row('bare Worker', ({ bare }) => bare)}
${row('bare Worker with the same heap limits', ({ limited }) => limited)}
${row('connection thread, no connection yet', ({ thread }) => thread)}
${row('the same, ready for TLS', ({ tls }) => tls)}
${row('connection, to its first reply', ({ connection }) => connection)}
${row('the same over TLS', ({ secure }) => secure)}
${row('thread / bare', ratio('thread', 'bare'))}
${row('connection / bare', ratio('connection', 'bare'))}
${row('connection over TLS / connection', ratio('secure', 'connection'))}
${row('connection / bare with the same limits', ratio('connection', 'limited'))}
`);
