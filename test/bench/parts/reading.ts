import { contest, samplesOf, warmUp } from '../contest.ts';
import { openField } from '../field.ts';
import { benangNames, echoNames, modeNames, modes } from '../modes.ts';
import type { Part } from './part.ts';

/** The ceiling above the ceilings: echo servers that read sockets as benang does, and not as Node's documentation shows it first. */
export const reading: Part = {
  does: 'inbox beside echo servers that read into one buffer for each thread, as benang does',
  quick: false,
  async run(stage, found) {
    const { rounds, slice, warmUp: first } = stage.pace;
    for (const connections of [10, 100]) {
      await using field = await openField(stage, connections, { oneBuffer: true });
      const pairs = await field.prepare('inbox');
      const inTurn = modes.map((mode) => pairs[mode]);
      await warmUp(stage, inTurn, first);
      const slices = await contest(stage, inTurn, { rounds, ms: slice });
      for (const [at, mode] of modes.entries()) {
        found({
          group: 'reading',
          row: `inbox × ${connections}`,
          series: modeNames[mode],
          subject: benangNames[mode],
          base: `${echoNames[mode]}, one buffer`,
          unit: 'requests/s',
          samples: samplesOf(slices[at]!),
        });
      }
    }
  },
};
