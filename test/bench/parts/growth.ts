import { capacityOf } from '../../../src/threads/capacity.ts';
import { resourcesHere } from '../../../src/threads/resources.ts';
import { measureThread } from '../../../src/threads/thread-cost.ts';
import { contest, samplesOf, warmUp } from '../contest.ts';
import { openField } from '../field.ts';
import { benangNames, echoNames, modeNames, modes } from '../modes.ts';
import type { Part } from './part.ts';

/** The same comparison as connections grow beyond what has a thread of its own. */
export const growth: Part = {
  does: 'inbox with 10, 100, 300 and 1,000 connections, beside the same echo servers',
  quick: false,
  async run(stage, found) {
    const { rounds, slice, warmUpFurther } = stage.pace;
    const resources = resourcesHere();
    // benang and its ceiling have their threads at the same time.
    const half = { ...resources, memoryBytes: resources.memoryBytes / 2 };
    const { threads } = capacityOf(half, await measureThread(false), 1000);
    stage.note(
      `As connections grow: up to ${threads} of them have a thread of their own, both in benang and in its ceiling, which is what this machine carries twice; beyond that they share.`,
    );
    for (const connections of [10, 100, 300, 1000]) {
      await using field = await openField(stage, connections, { maxThreads: threads });
      const pairs = await field.prepare('inbox');
      const inTurn = modes.map((mode) => pairs[mode]);
      await warmUp(stage, inTurn, warmUpFurther);
      const slices = await contest(stage, inTurn, { rounds, ms: slice });
      for (const [at, mode] of modes.entries()) {
        found({
          group: 'growth',
          row: `inbox × ${connections}`,
          series: modeNames[mode],
          subject: benangNames[mode],
          base: echoNames[mode],
          unit: 'requests/s',
          samples: samplesOf(slices[at]!),
        });
      }
    }
  },
};
