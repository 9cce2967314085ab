import { type Contestant, chatting, committing, contest, type Pair, samplesOf, warmUp } from '../contest.ts';
import { inboxRequests } from '../field.ts';
import { benangArgs, benangNames, type Mode, modeNames, modes } from '../modes.ts';
import type { Target } from '../results.ts';
import { startBenang, startDatabase } from '../servers.ts';
import type { Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import { chatRequests, type Workload } from '../workloads.ts';
import type { Part } from './part.ts';

const MANY = 100;

interface Comparison extends Pair {
  readonly mode: Mode;
  readonly row: string;
  readonly target?: Target;
}

/** What durability costs: sends beside reads, and beside the commits of the database alone. */
export const durable: Part = {
  does: 'sends beside inbox requests, and beside the commits of the bare database in the same folder',
  quick: true,
  async run(stage, found) {
    const { quick, rounds, slice, warmUpFurther } = stage.pace;
    stage.note(
      'The bare database is node:sqlite in WAL mode with synchronous=FULL, one message stored in each commit, beside the databases of the servers. The sends and the inbox requests that they are compared with go to two servers of the same kind, so that the inboxes that are asked for have never been written to.',
    );
    await using stops = new AsyncDisposableStack();
    const database = startDatabase(stage.folder);
    stops.defer(() => database.stop());
    const commits = committing('commits of the bare database', database);
    const comparisons: Comparison[] = [];
    for (const mode of quick ? (['shared'] as const) : modes) {
      const start = (count: number, workload: Workload) =>
        startAsking(stage, stops, { name: benangNames[mode], args: benangArgs[mode], count, workload });
      const [one, many, inbox] = [
        await start(1, 'send'),
        await start(MANY, 'send'),
        await start(MANY, 'inbox'),
      ];
      comparisons.push(
        { mode, row: `send × ${MANY} / inbox`, subject: many, base: inbox, target: targets.sendBesideInbox },
        { mode, row: 'send × 1 / commits', subject: one, base: commits, target: targets.sendBesideCommits },
      );
      if (!quick) comparisons.push({ mode, row: `send × ${MANY} / commits`, subject: many, base: commits });
    }
    await warmUp(stage, comparisons, warmUpFurther);
    const slices = await contest(stage, comparisons, { rounds, ms: slice });
    for (const [index, { mode, row, subject, base, target }] of comparisons.entries()) {
      found({
        group: 'durable',
        row,
        series: modeNames[mode],
        subject: subject.name,
        base: base.name,
        unit: 'requests/s',
        samples: samplesOf(slices[index]!),
        target,
      });
    }
  },
};

/** A benang of its own with `count` connections that ask for one thing. */
async function startAsking(
  stage: Stage,
  stops: AsyncDisposableStack,
  options: { name: string; args: readonly string[]; count: number; workload: Workload },
): Promise<Contestant> {
  const { name, args, count, workload } = options;
  stage.say(`starting ${name}`);
  const server = await stage.up(stops, startBenang(stage, count, args));
  const load = await stage.during(stage.client.open(server, count));
  stops.defer(() => load.close());
  const inboxes = inboxRequests(server.logins);
  await stage.during(load.ask(inboxes));
  const requests = chatRequests(workload, server.logins);
  return chatting(`${workload}: ${name}`, server, load, requests, workload === 'send' ? inboxes : undefined);
}
