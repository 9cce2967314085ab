import { inboxRequests } from '../field.ts';
import { benangArgs, benangNames, modeNames, modes } from '../modes.ts';
import { residentKilobytes } from '../processes.ts';
import { startBenang } from '../servers.ts';
import type { Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import { chatRequests } from '../workloads.ts';
import type { Part } from './part.ts';

const CONNECTIONS = 50;
const KB_PER_MB = 1024;
/** Looks at the end of the first tenth and of the whole time. */
const LOOKS = 5;
const LOOK_EVERY_MS = 1000;

/** Whether a server under load keeps taking memory. */
export const memory: Part = {
  does: 'memory after 10 minutes of load beside what it was after one (--memory-time)',
  quick: false,
  async run(stage, found) {
    const { memory: time } = stage.pace;
    stage.note(
      `Memory: ${CONNECTIONS} connections in each mode send, read and look who is online for ${time / 1000} s, both servers at the same time; the resident set at the end beside that after a tenth of the time, ${LOOKS} looks each.`,
    );
    await using stops = new AsyncDisposableStack();
    const pids: number[] = [];
    const loops: (() => Promise<unknown>)[] = [];
    for (const mode of modes) {
      const server = await stage.up(stops, startBenang(stage, CONNECTIONS, benangArgs[mode]));
      const load = await stage.during(stage.client.open(server, CONNECTIONS));
      stops.defer(() => load.close());
      await stage.during(load.ask(inboxRequests(server.logins)));
      pids.push(server.pid);
      loops.push(() => load.loop(chatRequests('mix', server.logins), time));
    }
    const loaded = Promise.all(loops.map((loop) => loop()));
    const [{ early, late }] = await stage.during(Promise.all([look(stage, pids, time), loaded]));
    for (const [index, mode] of modes.entries()) {
      found({
        group: 'cost',
        row: 'memory',
        series: modeNames[mode],
        subject: `${benangNames[mode]}, after ${time / 1000} s`,
        base: `after ${time / 10_000} s`,
        unit: 'MB',
        samples: late.map((look, at) => ({ subject: look[index]!, base: early[at]![index]! })),
        target: targets.memoryAfterLoad,
      });
    }
  },
};

/** The processes' memory in MB, at the end of a tenth of the time and at its end. */
async function look(
  stage: Stage,
  pids: readonly number[],
  time: number,
): Promise<{ early: number[][]; late: number[][] }> {
  const every = Math.min(LOOK_EVERY_MS, time / 10 / LOOKS);
  const looksEndingAt = async (passed: number, from: number): Promise<number[][]> => {
    const looks: number[][] = [];
    await stage.pause(passed - from - LOOKS * every);
    for (let at = 0; at < LOOKS; at++) {
      await stage.pause(every);
      looks.push(pids.map((pid) => residentKilobytes(pid) / KB_PER_MB));
    }
    return looks;
  };
  stage.say(`load for ${time / 1000} s, with a look at the memory after a tenth of it`);
  const early = await looksEndingAt(time / 10, 0);
  stage.say(`load for ${time / 1000} s, with a look at the memory at the end`);
  const late = await looksEndingAt(time, time / 10);
  return { early, late };
}
