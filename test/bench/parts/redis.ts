import { chatting, contest, type Pair, pushing, samplesOf, warmUp } from '../contest.ts';
import { inboxRequests } from '../field.ts';
import { benangArgs, benangNames, modeNames } from '../modes.ts';
import { redisVersion, startBenang, startRedis } from '../servers.ts';
import { targets } from '../targets.ts';
import { chatRequests, redisPushes, redisRemovals } from '../workloads.ts';
import type { Part } from './part.ts';

const COUNTS = [10, 100];

/** Durable sends beside the durable store that people would take. */
export const redis: Part = {
  does: 'durable sends beside Redis with appendfsync always, where redis-server is installed',
  quick: false,
  async run(stage, found) {
    const { rounds, slice, warmUpFurther } = stage.pace;
    const version = redisVersion();
    if (!version) {
      stage.note('redis: not measured, for redis-server is not installed (apt-get install redis-server).');
      return;
    }
    stage.note(
      `${version} with appendonly yes and appendfsync always, without snapshots and rewrites of its file; each send is an RPUSH of the same text to a list for each recipient, by the same client.`,
    );
    await using stops = new AsyncDisposableStack();
    const peer = await stage.up(stops, startRedis(stage.folder));
    // The connections of both counts are open on the same servers; those that are not asked on cost nothing.
    const most = Math.max(...COUNTS);
    const server = await stage.up(stops, startBenang(stage, most, benangArgs.shared));
    const pairs: Pair[] = [];
    for (const count of COUNTS) {
      const logins = server.logins.slice(0, count);
      const ours = await stage.during(stage.client.open(server, count));
      const theirs = await stage.during(stage.client.open(peer, count));
      stops.defer(() => ours.close());
      stops.defer(() => theirs.close());
      pairs.push({
        subject: chatting(
          benangNames.shared,
          server,
          ours,
          chatRequests('send', logins),
          inboxRequests(logins),
        ),
        base: pushing(version, peer, theirs, redisPushes(logins), redisRemovals(logins)),
      });
    }
    await warmUp(stage, pairs, warmUpFurther);
    const slices = await contest(stage, pairs, { rounds, ms: slice });
    for (const [index, count] of COUNTS.entries()) {
      found({
        group: 'durable',
        row: `send × ${count} / Redis`,
        series: modeNames.shared,
        subject: benangNames.shared,
        base: version,
        unit: 'requests/s',
        samples: samplesOf(slices[index]!),
        target: targets.sendBesideRedis,
      });
    }
  },
};
