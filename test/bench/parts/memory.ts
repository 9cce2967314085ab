import { argsOf, chatRequests } from '../contestants.ts';
import { residentKilobytes } from '../processes.ts';
import { type Mode, modeNames, modes } from '../results.ts';
import type { Stage } from '../stage.ts';
import { rowNames } from '../targets.ts';
import type { Part } from './part.ts';

const CONNECTIONS = 50;
/** At the memory, at the end of the first tenth and of the whole time, a second apart. */
const LOOKS = 5;
const LOOK_EVERY_MS = 1000;

/** Whether a server under load keeps taking memory. */
export const memory: Part = {
  does: 'memory after 10 minutes of load beside what it was after one (--memory-time); only when it is named',
  byDefault: false,
  rows: [rowNames.memory],
  seconds: ({ pace }) => (modes.length * pace.memory) / 1000,
  async run(stage, found) {
    stage.note(
      `Memory under load: ${CONNECTIONS} connections send and read for ${stage.pace.memory / 1000} s; the resident set at the end beside that after a tenth of the time, ${LOOKS} looks each.`,
    );
    const [{ who, build }] = stage.builds as [Stage['builds'][number]];
    for (const mode of modes) {
      const values = await measure(stage, mode);
      if (values.length > 0)
        found({ row: rowNames.memory, mode, who, name: build.name, unit: 'times', values });
    }
  },
};

async function measure(stage: Stage, mode: Mode): Promise<number[]> {
  const [{ build }] = stage.builds as [Stage['builds'][number]];
  const time = stage.pace.memory;
  const every = Math.min(LOOK_EVERY_MS, time / 10 / LOOKS);
  await using stops = new AsyncDisposableStack();
  stage.say(`memory: ${time / 1000} s of load, ${modeNames[mode]}`);
  const server = await stage.up(stops, build.start(argsOf[mode]));
  const load = await stage.during(stage.client.open(server, CONNECTIONS));
  stops.defer(() => load.close());
  const look = async (): Promise<number[]> => {
    const looks: number[] = [];
    for (let at = 0; at < LOOKS; at++) {
      await stage.pause(every);
      looks.push(residentKilobytes(server.pid) ?? Number.NaN);
    }
    return looks;
  };
  const watch = async (): Promise<number[]> => {
    await stage.pause(time / 10 - LOOKS * every);
    const early = await look();
    await stage.pause(time - time / 10 - LOOKS * every);
    const late = await look();
    return late.map((kilobytes, at) => kilobytes / early[at]!);
  };
  const loop = load.loop(chatRequests('mix', build.logins.slice(0, CONNECTIONS)), time);
  const [growth] = await stage.during(Promise.all([watch(), loop]));
  return growth.filter((ratio) => !Number.isNaN(ratio));
}
