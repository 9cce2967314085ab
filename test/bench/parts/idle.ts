import { descriptorLimit } from '../../../src/threads/resources.ts';
import { Client } from '../client.ts';
import { argsOf } from '../contestants.ts';
import { quiet, residentKilobytes } from '../processes.ts';
import { rowNames } from '../targets.ts';
import { buildsWith, grown, measureInTurn } from './costs.ts';
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
      const why = `it takes ${needed} file descriptors in a process, and ${allowed} are allowed here (ulimit -n)`;
      for (const row of idle.rows) stage.missing[row] = why;
      return;
    }
    stage.note(
      `Idle connections have used a login and made one request, and then ask nothing; ${count} of them are held by a process apart. Their memory is what the server's resident set grew by, beside ${ACTIVE} connections that had been active before; the p99 is of these.`,
    );
    const candidates = buildsWith(stage, [...argsOf.shared, '--max-connections', String(count + ACTIVE)]);
    const measured = await measureInTurn(
      stage,
      { mode: 'shared', candidates },
      async (candidate, server, stops) => {
        const inboxes = candidate.requests.slice(0, ACTIVE);
        stage.say(`idle: ${candidate.name}, without idle connections`);
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
        stage.say(`idle: ${candidate.name}, opening ${count} connections`);
        // In a process apart, so that they do not burden the client that measures.
        const holder = new Client();
        stops.defer(() => holder.stop());
        const held = await stage.during(holder.open(server, count));
        await stage.during(held.ask(Array.from({ length: count }, (_, index) => inboxes[index % ACTIVE]!)));
        await stage.during(quiet(server.pid));
        const after = residentKilobytes(server.pid);
        stage.say(`idle: ${candidate.name}, beside ${count} connections`);
        const { latency } = await load(slice);
        return {
          ...grown(rowNames.idleMemory, before, after, count),
          [rowNames.besideIdle]: { unit: 'ms', value: latency.p99 },
        };
      },
    );
    for (const series of measured) found(series);
  },
};
