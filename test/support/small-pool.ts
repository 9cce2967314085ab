import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Steps } from '../../src/steps.ts';
import type { Answerer } from '../../src/threads/answerer.ts';
import { type PoolSettings, ThreadPool } from '../../src/threads/pool.ts';
import { Tally } from '../../src/threads/tally.ts';
import { compileThreadProgram } from '../../src/threads/thread-program.ts';
import { Versions } from '../../src/threads/versions.ts';
import { quietLog } from './quiet-log.ts';

/** Answers each request with the number of its connection. */
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

export interface SmallPool {
  readonly pool: ThreadPool;
  readonly port: number;
  readonly dropped: Tally;
  /** Of threads that died, why. */
  readonly deaths: readonly string[];
  close(): Promise<void>;
}

/** A pool of real threads on a port of its own. `take`: puts a socket that was accepted into it. */
export async function openPool(
  settings: Partial<PoolSettings>,
  isRoomFor: (more: number, threads: number) => boolean = () => true,
  take: (pool: ThreadPool, socket: Socket) => void = (pool, socket) => pool.take(socket),
): Promise<SmallPool> {
  const dropped = new Tally();
  const deaths: string[] = [];
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
      direct: true,
      spareThreads: 0,
      maxThreads: 10,
      sharedThreads: undefined,
      maxConnections: 10,
      maxRefused: 1,
      maxPerAddress: undefined,
      ...settings,
    },
    {
      answerer,
      log: quietLog(),
      onFailure: (_thread, reason) => deaths.push(reason),
      refused: new Tally(),
      dropped,
      steps: new Steps(),
      room: { isRoomFor },
    },
  );
  const listener: Server = createServer({ pauseOnConnect: true }, (socket) => take(pool, socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    pool,
    port: (listener.address() as AddressInfo).port,
    dropped,
    deaths,
    close: async () => {
      listener.close();
      await pool.stop(0);
    },
  };
}
