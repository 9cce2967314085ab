import { join } from 'node:path';
import { type OwnServer, startOwnServer } from '../../src/load/own-server.ts';
import { Fault } from './fault.ts';
import { Tally } from './tally.ts';
import { usernames } from './texts.ts';
import { type Sample, Watch } from './watch.ts';
import { type Account, PASSWORD, World } from './world.ts';

const ROOT = join(import.meta.dirname, '../..');
const ACCOUNTS_EACH = 2;
/** Longer than a server takes to end in order. */
const KILL_AFTER_MS = 20_000;

/** A server of our own and what is known about it. */
export interface Stage {
  readonly world: World;
  readonly port: number;
  readonly watch: Watch;
  /** The account that all visitors have a token of. */
  readonly shared: Account;
  /** Those that are one visitor's own. */
  own(visitor: number): readonly Account[];
  /** What the server did wrong so far. */
  readonly faults: readonly Fault[];
  /** Takes note of a fault. @throws the error when it is none, but a bug of ours. */
  note(error: unknown): void;
}

export interface StageOptions {
  /** How many visitors there may be. */
  readonly visitors: number;
  /** Further arguments of the server. */
  readonly serverArgs: readonly string[];
  /** Called now and then with what is going on. */
  readonly progress: (line: string) => void;
}

export interface Outcome {
  readonly seconds: number;
  readonly tally: Tally;
  readonly samples: readonly Sample[];
  /** What the server did wrong, in the order in which it showed; empty on a correct one. */
  readonly faults: readonly Fault[];
}

/** Plays against a server of our own, in a temporary folder, and ends it. */
export async function onStage(
  { visitors, serverArgs, progress }: StageOptions,
  play: (stage: Stage) => Promise<void>,
): Promise<Outcome> {
  const world = new World(usernames(1 + ACCOUNTS_EACH * visitors), new Tally());
  const faults: Fault[] = [];
  const accounts = [...world.accounts.values()];
  progress(`starting a server with ${accounts.length} accounts`);
  const server = await startOwnServer(
    ROOT,
    accounts.map(({ username, nama, negara }) => ({ username, nama, negara, password: PASSWORD })),
    {
      args: ['--log-format', 'json', ...serverArgs],
      onLog: (line) => {
        if (!line.includes('"level":"warn"')) faults.push(new Fault(`the server says: ${line}`));
      },
    },
  );
  let stopping = false;
  const ended = server.ended.then((code) => {
    if (!stopping || code !== 0) faults.push(new Fault(`the server has ended with exit code ${code}`));
  });
  const watch = new Watch(server);
  const start = performance.now();
  try {
    await play({
      world,
      port: server.port,
      watch,
      shared: accounts[0]!,
      own: (visitor) => accounts.slice(1 + visitor * ACCOUNTS_EACH, 1 + (visitor + 1) * ACCOUNTS_EACH),
      faults,
      note: (error) => {
        if (!(error instanceof Fault)) throw error;
        faults.push(error);
      },
    });
  } finally {
    stopping = true;
    await stop(server, ended);
  }
  return { seconds: (performance.now() - start) / 1000, tally: world.tally, samples: watch.samples, faults };
}

/** Ends the server in order, or by force when it hangs. */
async function stop(server: OwnServer, ended: Promise<void>): Promise<void> {
  const kill = setTimeout(() => process.kill(server.pid, 'SIGKILL'), KILL_AFTER_MS);
  await server.stop();
  await ended;
  clearTimeout(kill);
}
