import type { Verdict } from './ledger.ts';
import type { Timing } from './timings.ts';

export interface LoadResult {
  readonly target: string;
  readonly connections: number;
  readonly seconds: number;
  readonly timings: readonly Timing[];
  readonly messages: Verdict;
  readonly wrongReplies: number;
  /** The first few of them. */
  readonly examples: readonly string[];
}

/** Whether the server did everything right. */
export function isCorrect({ messages, wrongReplies }: LoadResult): boolean {
  const { lost, doubled, disordered, invented } = messages;
  return wrongReplies + lost + doubled + disordered + invented === 0;
}

/** The result for people. */
export function describeResult(result: LoadResult): string {
  const { target, connections, seconds, timings, messages, wrongReplies, examples } = result;
  const head = ['', 'requests', 'req/s', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms'];
  const rows = timings.map(({ command, requests, perSecond, p50, p90, p99, max }) => [
    command,
    String(requests),
    String(perSecond),
    ...[p50, p90, p99, max].map((value) => value.toFixed(2)),
  ]);
  const { sent, received, lost, doubled, disordered, invented } = messages;
  return [
    `${connections} connections to ${target}, closed loop, ${seconds.toFixed(1)} s`,
    '',
    ...[head, ...rows].map((cells) =>
      cells.map((cell, column) => (column === 0 ? cell.padEnd(7) : cell.padStart(10))).join(''),
    ),
    '',
    `messages: ${sent} acknowledged, ${received} received, ${lost} lost, ${doubled} doubled, ${disordered} out of order, ${invented} invented`,
    `wrong replies: ${wrongReplies}`,
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}
