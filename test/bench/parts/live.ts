import { LiveField, type LiveSlice } from '../live-field.ts';
import { benangArgs, benangNames, modeNames, modes } from '../modes.ts';
import { startBenang } from '../servers.ts';
import type { Part } from './part.ts';

/** How many others get each message. */
const AUDIENCES = [
  { row: 'direct', count: 1 },
  { row: 'group of 200', count: 200 },
] as const;
const WARM_UP_MS = 3000;

/** Live messages beside asking for them again and again. */
export const live: Part = {
  does: 'messages that reach listeners as events, direct and in a group of 200, beside the same by polling; how late they are',
  quick: false,
  async run(stage, found) {
    const { rounds, slice } = stage.pace;
    stage.note(
      'live: the next message is sent when everyone has the last; its latency is from the write to the socket of the sender to the read from that of each listener, in one process. Who polls asks for the next inbox as soon as the last one is there.',
    );
    for (const mode of modes) {
      for (const { row, count } of AUDIENCES) {
        await using stops = new AsyncDisposableStack();
        const open = async (events: boolean): Promise<LiveField> => {
          stage.say(`starting ${benangNames[mode]}, ${row}, ${events ? 'events' : 'polling'}`);
          const server = await stage.up(stops, startBenang(stage, count + 1, benangArgs[mode]));
          const field = await stage.during(
            LiveField.open({ port: server.port, logins: server.logins, events }),
          );
          stops.defer(() => field.close());
          await stage.during(field.measure(WARM_UP_MS));
          return field;
        };
        const [events, polling] = [await open(true), await open(false)];
        const slices: { subject: LiveSlice; base: LiveSlice }[] = [];
        for (let round = 0; round < rounds; round++) {
          stage.say(`round ${round + 1}: ${benangNames[mode]}, ${row}`);
          slices.push({
            subject: await stage.during(events.measure(slice)),
            base: await stage.during(polling.measure(slice)),
          });
        }
        const figure = (value: (slice: LiveSlice) => number) => ({
          series: modeNames[mode],
          subject: `${benangNames[mode]}, events`,
          base: `${benangNames[mode]}, polling`,
          samples: slices.map(({ subject, base }) => ({ subject: value(subject), base: value(base) })),
        });
        found({ group: 'live', row, unit: 'messages/s', ...figure(({ perSecond }) => perSecond) });
        for (const share of [0.5, 0.99]) {
          const at = ({ latencies }: LiveSlice): number => latencies[Math.floor(latencies.length * share)]!;
          found({ group: 'late', row: `${row}, p${share * 100}`, unit: 'ms', ...figure(at) });
        }
      }
    }
  },
};
