import { descriptorLimit } from '../../../src/threads/resources.ts';
import { inboxRequests } from '../build.ts';
import { Client } from '../client.ts';
import { argsOf } from '../contestants.ts';
import { quiet, residentKilobytes } from '../processes.ts';
import { rowNames } from '../targets.ts';
import { type Measured, measureBuilds } from './builds.ts';
import type { Part } from './part.ts';

const ACTIVE = 20;
/** Descriptors that a server has besides its connections. */
const FURTHER_DESCRIPTORS = 300;
/** Before anything is measured. */
const WARM_UP_MS = 3000;

/** What connections that are only there cost: in memory, and the others in time. */
export const idle: Part = {
  does: '10,000 idle connections on --threads 2 (--idle): memory, and the p99 of 20 active ones beside them',
  byDefault: true,
  rows: [rowNames.idleMemory, rowNames.besideIdle],
  seconds: ({ builds, pace }) => builds.length * pace.rounds * (9 + pace.idle / 1000),
  async run(stage, found) {
    const { idle: count, slice } = stage.pace;
    const needed = count + ACTIVE + FURTHER_DESCRIPTORS;
    const allowed = descriptorLimit() ?? Number.POSITIVE_INFINITY;
    if (allowed < needed) {
      throw new Error(
        `it takes ${needed} file descriptors in a process, and ${allowed} are allowed here (ulimit -n)`,
      );
    }
    stage.note(
      `Idle connections have used a login and made one request, and then ask nothing; ${count} of them are held by a process apart. Their memory is what the server's resident set grew by, beside ${ACTIVE} connections that had been active before; the p99 is of these.`,
    );
    const measured = await measureBuilds(stage, 'shared', async (build) => {
      const inboxes = inboxRequests(build.logins.slice(0, ACTIVE));
      await using stops = new AsyncDisposableStack();
      stage.say(`idle: ${build.name}, without idle connections`);
      const args = [...argsOf.shared, '--max-connections', String(count + ACTIVE)];
      const server = await stage.up(stops, build.start(args));
      const active = await stage.during(stage.client.open(server, ACTIVE));
      stops.defer(() => active.close());
      const load = (ms: number) =>
        stage.during(
          active.loop(
            inboxes.map((request) => [request]),
            ms,
          ),
        );
      await load(WARM_UP_MS);
      await stage.during(quiet(server.pid));
      const before = residentKilobytes(server.pid);
      stage.say(`idle: ${build.name}, opening ${count} connections`);
      // In a process apart, so that they do not burden the client that measures.
      const holder = new Client();
      stops.defer(() => holder.stop());
      const held = await stage.during(holder.open(server, count));
      await stage.during(held.ask(Array.from({ length: count }, (_, index) => inboxes[index % ACTIVE]!)));
      await stage.during(quiet(server.pid));
      const after = residentKilobytes(server.pid);
      stage.say(`idle: ${build.name}, beside ${count} connections`);
      const { latency } = await load(slice);
      const memory: Measured =
        before !== undefined && after !== undefined
          ? { [rowNames.idleMemory]: { unit: 'kB', value: (after - before) / count } }
          : {};
      return { ...memory, [rowNames.besideIdle]: { unit: 'ms', value: latency.p99 } };
    });
    for (const series of measured) found(series);
  },
};
