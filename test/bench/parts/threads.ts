import { inboxRequests, LOGINS } from '../build.ts';
import { argsOf } from '../contestants.ts';
import { quiet, residentKilobytes } from '../processes.ts';
import { startEcho } from '../servers.ts';
import { median } from '../statistics.ts';
import { rowNames } from '../targets.ts';
import { buildsWith, type Candidate, grown, measureInTurn } from './costs.ts';
import type { Part } from './part.ts';

/** What a thread costs, seen from outside. */
export const threads: Part = {
  does: `memory and start of a thread, for ${LOGINS} connections one after the other, beside bare Workers that echo`,
  byDefault: true,
  rows: [rowNames.threadMemory, rowNames.threadStart],
  seconds: ({ builds, pace }) => (builds.length + 1) * pace.rounds * 5,
  async run(stage, found) {
    stage.note(
      `A thread's memory is what the server's resident set grew by, for each of ${LOGINS} connections that have had one reply. Its start is from the client's connect to that reply, the median of them, without spare threads.`,
    );
    const [{ build }] = stage.builds as [(typeof stage.builds)[number]];
    const echo: Candidate = {
      who: 'echo',
      name: 'echo, a Worker each',
      requests: inboxRequests(build.logins),
      start: () => startEcho({ threads: true, answer: build.nothing }),
    };
    const candidates = [...buildsWith(stage, argsOf.own), echo];
    const measured = await measureInTurn(
      stage,
      { mode: 'own', candidates },
      async (candidate, server, stops) => {
        stage.say(`threads: ${candidate.name}`);
        await stage.during(quiet(server.pid));
        const before = residentKilobytes(server.pid);
        const { load, times } = await stage.during(stage.client.openInTurn(server, candidate.requests));
        stops.defer(() => load.close());
        await stage.during(quiet(server.pid));
        const after = residentKilobytes(server.pid);
        return {
          ...grown(rowNames.threadMemory, before, after, LOGINS),
          [rowNames.threadStart]: { unit: 'ms', value: median(times) },
        };
      },
    );
    for (const series of measured) found(series);
  },
};
