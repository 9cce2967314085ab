import { describeMix } from './mix.ts';
import { remarksOn } from './remarks.ts';
import type { LoadResult } from './result.ts';
import type { Timings } from './timings.ts';

/** What was played, in a line. */
export function describeRun({
  connections,
  idle,
  target,
  rate,
  depth,
  mix,
  seconds,
  ...run
}: LoadResult): string {
  return [
    `${connections} connections${idle.connections > 0 ? ` and ${idle.connections} idle ones` : ''} to ${target}`,
    rate === undefined ? 'closed loop' : `open loop at ${rate} requests/s`,
    ...(depth > 1 ? [`${depth} requests in flight on each`] : []),
    describeMix(mix),
    ...(run.rampUpSeconds > 0 ? [`ramp-up ${run.rampUpSeconds} s`] : []),
    `${seconds.toFixed(1)} s`,
  ].join(', ');
}

/** The line that is shown meanwhile. */
export function describeProgress(timings: Timings, elapsed: number, left: number, wrong: number): string {
  const rate = Math.round((timings.requests / elapsed) * 1000);
  const p99 = timings.percentile(99).toFixed(1);
  return `${rate} requests/s, p99 ${p99} ms, ${Math.max(0, Math.ceil(left / 1000))} s left, ${wrong} wrong`;
}

/** The result for people. */
export function describeResult(result: LoadResult): string {
  const { timings, messages, idle, clientThreads, late, wrongReplies, examples } = result;
  const head = ['', 'requests', 'req/s', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'max ms'];
  const rows = timings.map(({ command, requests, perSecond, p50, p90, p99, p999, max }) => [
    command,
    String(requests),
    String(perSecond),
    ...[p50, p90, p99, p999, max].map((value) => value.toFixed(2)),
  ]);
  const { sent, received, lost, doubled, disordered, invented } = messages;
  const shares = (name: 'busy' | 'cpu'): string =>
    clientThreads.map((thread) => `${Math.round(thread[name] * 100)} %`).join(', ');
  return [
    describeRun(result),
    '',
    ...[head, ...rows].map((cells) =>
      cells.map((cell, column) => (column === 0 ? cell.padEnd(8) : cell.padStart(10))).join(''),
    ),
    '',
    `messages: ${sent} acknowledged, ${received} received, ${lost} lost, ${doubled} doubled, ${disordered} out of order, ${invented} invented`,
    `wrong replies: ${wrongReplies}`,
    ...examples.map((example) => `  ${example}`),
    ...(idle.connections > 0 ? [`idle connections: ${idle.alive} of ${idle.connections} alive`] : []),
    `client threads: ${clientThreads.length}, busy ${shares('busy')} of the time, on a processor ${shares('cpu')}`,
    ...(late
      ? [
          `late by the tester itself: p50 ${late.p50.toFixed(2)} ms, p99 ${late.p99.toFixed(2)} ms, max ${late.max.toFixed(2)} ms`,
        ]
      : []),
    ...remarksOn(result).map((remark) => `note: ${remark}`),
  ].join('\n');
}
