import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Steps } from '../../src/steps.ts';
import type { Answerer } from '../../src/threads/answerer.ts';
import { ThreadPool } from '../../src/threads/pool.ts';
import { Tally } from '../../src/threads/tally.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';
import { quietLog } from './quiet-log.ts';
import { Wire } from './wire.ts';

/*
 * To be run with few file descriptors (ulimit -n): a pool of one shared thread takes three clients, and at the second one there is
 * no descriptor left to move its socket with. Prints what became of each, as JSON. With the argument `blind` the pool cannot see
 * beneath sockets, as on a Node where what is there is called otherwise.
 */

/** Takes all descriptors there are while it does `work`. */
function withoutDescriptors(work: () => void): void {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync('/dev/null', 'r'));
  } catch {
    work();
  } finally {
    for (const file of files) closeSync(file);
  }
}

const hideDescriptor = (socket: Socket): void => {
  const { _handle: beneath } = socket as Socket & { _handle: object };
  Object.defineProperty(beneath, 'fd', { value: undefined });
};

const answerer: Answerer = {
  open: () => {},
  took: () => {},
  lose: () => {},
  describe: String,
  answer: async (requests, post) => {
    const results = requests.map(({ connection, asked }) => {
      const ended = 'end' in asked;
      const text = ended ? '' : `answer to ${connection}\r\n\r\n`;
      return { connection, text, replies: ended ? 0 : 1, errors: 0, delivers: false, ended };
    });
    post(results, true);
  },
};
const dropped = new Tally();
const bundle = readFileSync(join(import.meta.dirname, '../../dist/connection.cjs'), 'utf8');
const pool = new ThreadPool(
  {
    program: compileThreadProgram(bundle),
    limits: {
      maxRequest: 1024,
      maxRate: undefined,
      maxUnwritten: 1024 * 1024,
      slowTimeout: 60_000,
      deadAfter: 60_000,
    },
    drills: false,
    tls: undefined,
    versions: new Versions(),
    connectionsEach: 10,
    spareThreads: 0,
    maxThreads: 1,
    sharedThreads: 1,
    maxConnections: 10,
    maxRefused: 1,
    maxPerAddress: undefined,
  },
  {
    answerer,
    log: quietLog(),
    onFailure: (_thread, reason) => process.stdout.write(`a thread died: ${reason}\n`),
    refused: new Tally(),
    dropped,
    steps: new Steps(),
  },
);
let accepted = 0;
const listener = createServer({ pauseOnConnect: true }, (socket) => {
  if (++accepted !== 2) return pool.take(socket);
  if (process.argv[2] === 'blind') hideDescriptor(socket);
  withoutDescriptors(() => pool.take(socket));
});
await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
const { port } = listener.address() as AddressInfo;
const ask = async (wire: Wire): Promise<string> => {
  await wire.write('online\r\n');
  return (await wire.reply()).trim();
};

const neighbour = await Wire.open(port);
const before = await ask(neighbour);
const lost = await Wire.open(port);
const after = await ask(neighbour);
const lostGot = await lost.rest();
const later = await Wire.open(port);
const served = await ask(later);
process.stdout.write(
  JSON.stringify({ before, after, lostGot, served, connections: pool.connections, dropped: dropped.read() }),
);
process.exit();
