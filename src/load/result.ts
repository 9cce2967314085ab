import * as z from 'zod';
import { loadCommands } from './mix.ts';
import type { Timing } from './timings.ts';
import type { Verdict } from './verdict.ts';

/** Another number when `--json` prints what an older program could not compare. */
export const RESULT_FORMAT = 1;

const count = z.number().int().nonnegative();
const measure = z.number().nonnegative();

const timing = z.object({
  command: z.string(),
  requests: count,
  perSecond: measure,
  p50: measure,
  p90: measure,
  p99: measure,
  p999: measure,
  max: measure,
}) satisfies z.ZodType<Timing>;

const messages = z.object({
  sent: count,
  received: count,
  lost: count,
  doubled: count,
  disordered: count,
  invented: count,
}) satisfies z.ZodType<Verdict>;

/** What a run found out; `--json` prints it. Times are in milliseconds where the name does not say seconds. */
export const loadResult = z.object({
  format: z.literal(RESULT_FORMAT),
  target: z.string(),
  connections: count,
  /** Client threads. */
  threads: count,
  depth: count,
  /** Requests a second that were due; not there in a closed loop. */
  rate: z.number().positive().optional(),
  mix: z.partialRecord(z.enum(loadCommands), count),
  rampUpSeconds: measure,
  /** Ended before its time. */
  interrupted: z.boolean(),
  /** From the first request that was measured to the last reply. */
  seconds: measure,
  timings: z.array(timing),
  /** Shares from 0 to 1: how long each was not waiting, and how much of a processor it had. */
  clientThreads: z.array(z.object({ busy: measure, cpu: measure })),
  /** Open loop: how late the tester made requests that nothing but itself held up. */
  late: z.object({ p50: measure, p99: measure, max: measure }).optional(),
  idle: z.object({ connections: count, alive: count }),
  messages,
  wrongReplies: count,
  /** The first few of them. */
  examples: z.array(z.string()),
});
export type LoadResult = z.output<typeof loadResult>;

/** Whether the server did everything right. */
export function isCorrect({ messages, wrongReplies, idle }: LoadResult): boolean {
  const { lost, doubled, disordered, invented } = messages;
  return wrongReplies + lost + doubled + disordered + invented === 0 && idle.alive === idle.connections;
}
