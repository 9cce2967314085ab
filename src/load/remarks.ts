import type { LoadResult } from './result.ts';

/** A client thread that waits less than the rest of this is no measure of a server. */
const BUSY = 0.9;
/** A busy thread that has less of a processor than this share of its time waits for one. */
const CROWDED = 0.7;
/** Open loop: the tester's own delay that is worth a word, in milliseconds. Timers alone are late by about one. */
const LATE_MS = 10;
/** Open loop: the share of requests that may be due and not sent in the end. */
const BEHIND = 0.01;

/** What one must know before one believes a result, in sentences; mostly nothing. */
export function remarksOn(result: LoadResult): string[] {
  const remarks: string[] = [];
  if (result.interrupted) remarks.push('ended before its time');
  const strained = isStrained(result);
  if (strained) {
    const [busiest] = result.clientThreads.toSorted((a, b) => b.busy - a.busy);
    const { busy, cpu } = busiest!;
    remarks.push(
      `the load tester was at its own limit (a client thread was busy ${percent(busy)} of the time), the server may be faster than this: ` +
        (cpu < CROWDED * busy
          ? `others held its processors (it was on one for ${percent(cpu)}), so let it run on a machine of its own`
          : 'use more --threads'),
    );
  }
  const { rate, late, timings } = result;
  if (late && late.p99 > LATE_MS && !strained) {
    remarks.push(
      `the load tester was late by itself (1 % of the requests by ${late.p99.toFixed(0)} ms or more), and that is in the times: ` +
        'its machine is too busy',
    );
  }
  const unsent = timings.find(({ command }) => command === 'not sent')?.requests ?? 0;
  const answered = timings.find(({ command }) => command === 'all')?.requests ?? 0;
  if (rate !== undefined && unsent > BEHIND * (unsent + answered)) {
    remarks.push(
      `${strained ? 'the load tester' : 'the server'} did not keep up with ${rate} requests/s: ${unsent} of ${unsent + answered} were due and ` +
        'not sent when the time was over; "all" has them with the time that they had waited',
    );
  }
  return remarks;
}

/** Whether the figures are the load tester's limit. */
export const isStrained = ({ clientThreads }: LoadResult): boolean =>
  clientThreads.some(({ busy }) => busy > BUSY);

const percent = (share: number): string => `${Math.round(share * 100)} %`;
