import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { askServer } from '../control/client.ts';
import { joinAll } from '../load/join.ts';
import { Ledger } from '../load/ledger.ts';
import { loadCommands } from '../load/mix.ts';
import { freshAccounts, type OwnServer, startOwnServer } from '../load/own-server.ts';
import type { Game } from '../load/player.ts';
import { Timings } from '../load/timings.ts';
import { say } from '../output.ts';
import { progress } from '../progress.ts';
import { duration, integer, readSettings } from '../settings.ts';
import { StartupError } from '../startup-error.ts';
import type { Subcommand } from '../subcommand.ts';
import { type DrillResult, describeDrill, type Phase } from './report.ts';
import { type DrillName, drills, Victim } from './victim.ts';

/** Short, so that a drill is short; a real server waits longer. */
const SERVER_ARGS = ['--allow-drills', '--stall-timeout', '1s', '--slow-timeout', '1s'];
/** The others ask about this often (ms), as a busy chat does; at full speed one would measure the processors' queue. */
const PAUSE_MS = 20;
/**
 * Every thread has its own V8, which optimizes its code after so many requests; as all threads are equally busy they do it
 * all at once. That is over by then.
 */
const WARM_AFTER_REQUESTS = 1000;
const SETTLE_MS = 500;
const LOOK_AGAIN_MS = 250;

const drillSettings = z.object({
  connections: integer(2, 1000).default(50).meta({ value: 'N', description: 'connections at work' }),
  phase: duration
    .prefault('5s')
    .meta({ value: 'TIME', description: 'how long before, during and after are measured' }),
  json: z.boolean().default(false).meta({ description: 'print the result as JSON', flagOnly: true }),
});

export const drill: Subcommand = {
  settings: drillSettings,
  argument: drills.join('|'),
  intro: `Starts a server of its own on which drills are allowed, puts connections to work, sets off the disaster in the thread of one
of them, and shows what the others noticed. Exit code 1 when they noticed an error or a message is lost.`,

  async run([name, ...args], root) {
    const chosen = drills.find((known) => known === name);
    if (!chosen) throw new StartupError(`name one of the drills: ${drills.join(', ')}`, { exitCode: 2 });
    const { connections, phase, json } = readSettings(drillSettings, args, process.env);
    progress(`starting a server with ${connections} accounts`);
    const server = await startOwnServer(root, freshAccounts(connections), {
      logLevel: 'error',
      args: SERVER_ARGS,
    });
    try {
      const result = await run(chosen, server, phase);
      say(json ? JSON.stringify(result) : describeDrill(result));
      return result.unharmed ? 0 : 1;
    } finally {
      await server.stop();
    }
  },
};

async function run(name: DrillName, server: OwnServer, phase: number): Promise<DrillResult> {
  const [victimAccount, ...others] = server.accounts;
  const usernames = others.map(({ username }) => username);
  const wrong: string[] = [];
  const game: Game = {
    usernames,
    round: loadCommands,
    ledger: new Ledger('drill', usernames),
    timings: new Timings(),
    wrong: (what) => wrong.push(what),
  };
  let joined = 0;
  const seats = others.map((account, number) => ({ number, account }));
  const players = await joinAll(server, seats, game, {
    joined: () => progress(`${++joined} of ${seats.length} logged in`),
  });
  const victim = await Victim.login(server, victimAccount!);

  let ended = false;
  const measure = async (title: string, until: () => Promise<unknown>): Promise<Phase> => {
    progress(`${title}…`);
    const errors = wrong.length;
    const start = performance.now();
    game.timings = new Timings();
    await Promise.all([wait(phase), until()]);
    const seconds = (performance.now() - start) / 1000;
    return { title, seconds, errors: wrong.length - errors, timing: game.timings.lines(seconds).at(-1)! };
  };

  progress('warming up…');
  const warm = WARM_AFTER_REQUESTS * players.length;
  await Promise.all(players.map((player) => player.play(() => game.timings.requests >= warm)));
  const playing = players.map((player) => player.play(() => ended, PAUSE_MS));
  await wait(SETTLE_MS);
  const before = await measure('before', async () => {});
  const again = await measure('before, again', async () => {});
  victim.setOff(name);
  const during = await measure('during', () => (name === 'slow-reader' ? untilGone(server) : victim.gone));
  const after = await measure('after', async () => {});
  ended = true;
  await Promise.all(playing);
  await Promise.all(players.map((player) => player.drain()));
  await Promise.all(players.map((player) => player.leave()));
  victim.close();
  progress('', true);

  const messages = game.ledger.verdict();
  const harm = wrong.length + messages.lost + messages.doubled + messages.disordered + messages.invented;
  const { report, died } = await aftermath(server);
  return {
    drill: name,
    connections: players.length,
    phases: [before, again, during, after],
    messages,
    wrong: wrong.slice(0, 5),
    threadsDied: died,
    blackBox: report,
    unharmed: harm === 0,
  };
}

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves when the victim's connection is gone for the server; a client that does not read cannot see that itself. */
async function untilGone(server: OwnServer): Promise<void> {
  const username = server.accounts[0]!.username;
  for (;;) {
    const { threads } = await askServer(server.folder, { command: 'status', brief: true });
    if (!threads.some(({ holds }) => holds.some((hold) => hold.users.includes(username)))) return;
    await wait(LOOK_AGAIN_MS);
  }
}

/** How many threads died, and what the black box of the first of them says. */
async function aftermath(server: OwnServer): Promise<{ died: number; report: string | undefined }> {
  const { died } = await askServer(server.folder, { command: 'status', brief: true });
  const folder = join(server.folder, 'black-box');
  const report = died > 0 ? readFileSync(join(folder, readdirSync(folder).sort()[0]!), 'utf8') : undefined;
  return { died, report };
}
