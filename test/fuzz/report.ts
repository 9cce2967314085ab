import type { Outcome } from './stage.ts';
import type { Sample } from './watch.ts';

const SHOWN_FAULTS = 5;
const MiB = 1024 * 1024;

/** The result for people. */
export function describeOutcome({ seconds, tally, samples, faults }: Outcome, seed: number): string {
  const { requests, connections, abandoned, bytesIn, bytesOut, sent, unseen } = tally;
  const rate = Math.round(requests / seconds);
  return [
    `${requests} requests on ${connections} connections in ${seconds.toFixed(1)} s, ${rate}/s; ${mebibytes(bytesOut)} sent, ${mebibytes(bytesIn)} received; seed ${seed}`,
    '',
    'replies',
    ...Object.entries(tally.replies).map(([kind, outcomes]) => `  ${kind.padEnd(17)}${counts(outcomes)}`),
    `  ${'not waited for'.padEnd(17)}${abandoned}`,
    '',
    `connections ended: ${counts(tally.endings)}`,
    `messages: ${sent} acknowledged, ${sent - unseen} received, ${unseen} behind replies that nobody read`,
    '',
    ['server'.padEnd(10), ...['resident', 'threads', 'descriptors'].map((title) => title.padStart(13))].join(
      '',
    ),
    ...samples.map(row),
    '',
    faults.length === 0 ? 'nothing wrong' : `wrong: ${faults.length}`,
    ...faults.slice(0, SHOWN_FAULTS).map(({ message }) => `  ${message}`),
  ].join('\n');
}

const mebibytes = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`;

const counts = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(' · ');

function row({ at, residentBytes, threads, descriptors }: Sample): string {
  const figures = [mebibytes(residentBytes), String(threads), String(descriptors ?? '-')];
  return `  ${at.padEnd(8)}${figures.map((figure) => figure.padStart(13)).join('')}`;
}
