import { Client } from '../client.ts';
import { chatting, contest, type SlicePair, samplesOf, warmUp } from '../contest.ts';
import { inboxRequests } from '../field.ts';
import { descriptorsHere } from '../machine.ts';
import { benangArgs } from '../modes.ts';
import { quiet, residentKilobytes } from '../processes.ts';
import type { Sample } from '../results.ts';
import { type ChatServer, startBenang } from '../servers.ts';
import type { Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import { chatRequests } from '../workloads.ts';
import type { Part } from './part.ts';

const ACTIVE = 20;
/** Descriptors that a server has besides its connections. */
const FURTHER_DESCRIPTORS = 300;

/** What connections that are only there cost: in memory, and the others in time. */
export const idle: Part = {
  does: '10,000 idle connections on --threads 2 (--idle): memory, and the p99 of 20 active ones beside them',
  quick: true,
  async run(stage, found) {
    const { idle: count, idleRounds } = stage.pace;
    const needed = count + ACTIVE + FURTHER_DESCRIPTORS;
    const allowed = descriptorsHere();
    if (allowed < needed) {
      stage.note(
        `idle: not measured, for it takes ${needed} file descriptors in a process and ${allowed} are allowed here (ulimit -n).`,
      );
      return;
    }
    stage.note(
      `Idle connections have used a login and made one request, and then ask nothing; ${count} of them are held by a process apart. Their memory is what the server's resident set grew by, beside ${ACTIVE} connections that had been active before.`,
    );
    const memory: Sample[] = [];
    const slices: SlicePair[] = [];
    for (let round = 0; round < idleRounds; round++) {
      const measured = await measureOnce(stage);
      memory.push(measured.memory);
      slices.push(...measured.slices);
    }
    const common = { group: 'cost', series: '' } as const;
    found({
      ...common,
      row: 'an idle connection',
      subject: `benang, --threads 2, ${count} connections`,
      base: undefined,
      unit: 'kB',
      samples: memory,
      target: targets.idleConnection,
    });
    found({
      ...common,
      row: `p99 beside ${count} idle`,
      subject: `inbox × ${ACTIVE}, ${count} idle connections beside`,
      base: `inbox × ${ACTIVE}, none beside`,
      unit: 'ms',
      samples: samplesOf(slices, ({ latency }) => latency!.p99),
      target: targets.besideIdle,
    });
  },
};

/** Two servers with the same active connections, one of which gets the idle ones as well. */
async function measureOnce(stage: Stage): Promise<{ memory: Sample; slices: SlicePair[] }> {
  const { rounds, slice, warmUpFurther, idle: count } = stage.pace;
  await using stops = new AsyncDisposableStack();
  const start = async (name: string) => {
    stage.say(`starting a server, ${name}`);
    const args = [...benangArgs.shared, '--max-connections', String(count + ACTIVE)];
    const server = await stage.up(stops, startBenang(stage, ACTIVE, args));
    const load = await stage.during(stage.client.open(server, ACTIVE));
    stops.defer(() => load.close());
    return { server, contestant: chatting(name, server, load, chatRequests('inbox', server.logins)) };
  };
  const alone = await start(`${ACTIVE} active connections`);
  const beside = await start(`${ACTIVE} active connections, ${count} idle ones beside`);
  const pair = { subject: beside.contestant, base: alone.contestant };
  await warmUp(stage, [pair], warmUpFurther);
  const before = residentKilobytes(beside.server.pid);
  stage.say(`opening ${count} connections`);
  await holdIdle(stage, beside.server, stops);
  await stage.during(quiet([beside.server.pid]));
  const memory = { subject: (residentKilobytes(beside.server.pid) - before) / count };
  const [slices] = await contest(stage, [pair], { rounds, ms: slice });
  return { memory, slices: slices! };
}

/** In a process apart, so that they do not burden the client that measures. */
async function holdIdle(stage: Stage, server: ChatServer, stops: AsyncDisposableStack): Promise<void> {
  const { idle: count } = stage.pace;
  const holder = new Client();
  stops.defer(() => holder.stop());
  const load = await stage.during(holder.open(server, count));
  const requests = inboxRequests(server.logins);
  await stage.during(load.ask(Array.from({ length: count }, (_, index) => requests[index % ACTIVE]!)));
}
