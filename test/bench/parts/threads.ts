import { inboxRequests, LOGINS } from '../build.ts';
import { argsOf } from '../contestants.ts';
import { quiet, residentKilobytes } from '../processes.ts';
import { median } from '../statistics.ts';
import { rowNames } from '../targets.ts';
import { type Measured, measureBuilds } from './builds.ts';
import type { Part } from './part.ts';

/** What a thread costs, seen from outside. */
export const threads: Part = {
  does: `memory and start of a thread: ${LOGINS} connections one after the other`,
  byDefault: true,
  rows: [rowNames.threadMemory, rowNames.threadStart],
  seconds: ({ builds, pace }) => builds.length * pace.rounds * 5,
  async run(stage, found) {
    stage.note(
      `A thread's memory is what the server's resident set grew by, for each of ${LOGINS} connections that have had one reply. Its start is from the client's connect to that reply, the median of them, without spare threads.`,
    );
    const measured = await measureBuilds(stage, 'own', async (build) => {
      stage.say(`threads: ${build.name}`);
      await using stops = new AsyncDisposableStack();
      const server = await stage.up(stops, build.start(argsOf.own));
      await stage.during(quiet(server.pid));
      const before = residentKilobytes(server.pid);
      const { load, times } = await stage.during(
        stage.client.openInTurn(server, inboxRequests(build.logins)),
      );
      stops.defer(() => load.close());
      await stage.during(quiet(server.pid));
      const after = residentKilobytes(server.pid);
      const memory: Measured =
        before !== undefined && after !== undefined
          ? { [rowNames.threadMemory]: { unit: 'kB', value: (after - before) / LOGINS } }
          : {};
      return { ...memory, [rowNames.threadStart]: { unit: 'ms', value: median(times) } };
    });
    for (const series of measured) found(series);
  },
};
