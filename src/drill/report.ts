import type { Timing } from '../load/timings.ts';
import type { Verdict } from '../load/verdict.ts';
import type { DrillName } from './victim.ts';

export interface Phase {
  readonly title: string;
  readonly seconds: number;
  readonly errors: number;
  readonly timing: Timing;
}

export interface DrillResult {
  readonly drill: DrillName;
  /** How many worked beside the victim. */
  readonly connections: number;
  /** Twice before, so that the machine's own noise shows; during; after. */
  readonly phases: readonly [Phase, Phase, Phase, Phase];
  readonly messages: Verdict;
  readonly wrong: readonly string[];
  readonly threadsDied: number;
  readonly blackBox: string | undefined;
  readonly unharmed: boolean;
}

const SHOWN_OF_BLACK_BOX = 14;

/** The result for people. */
export function describeDrill({
  drill,
  connections,
  phases,
  messages,
  wrong,
  threadsDied,
  blackBox,
  unharmed,
}: DrillResult): string {
  const head = ['', 'seconds', 'requests', 'errors', 'p50 ms', 'p99 ms', 'max ms'];
  const rows = phases.map(({ title, seconds, errors, timing }) => [
    title,
    seconds.toFixed(1),
    String(timing.requests),
    String(errors),
    ...[timing.p50, timing.p99, timing.max].map((value) => value.toFixed(2)),
  ]);
  const [before, again, during] = phases.map(({ timing }) => timing.p99) as [number, number, number, number];
  const box = blackBox?.trimEnd().split('\n') ?? [];
  return [
    `drill ${drill}: what ${connections} connections noticed of a disaster in another one`,
    '',
    ...[head, ...rows].map((cells) =>
      cells.map((cell, column) => (column === 0 ? cell.padEnd(14) : cell.padStart(10))).join(''),
    ),
    '',
    `p99 during / before (mean of both): ${(during / ((before + again) / 2)).toFixed(2)}; the machine's noise, before again / before: ${(again / before).toFixed(2)}`,
    `messages: ${messages.sent} acknowledged, ${messages.received} received, ${messages.lost} lost, ${messages.doubled} doubled, ${messages.disordered} out of order, ${messages.invented} invented`,
    `threads that died: ${threadsDied}; the others ${unharmed ? 'noticed nothing' : `noticed: ${wrong.join('; ')}`}`,
    ...(box.length > 0
      ? ['', 'black box:', ...box.slice(0, 5), '  …', ...box.slice(5).slice(-SHOWN_OF_BLACK_BOX)]
      : []),
  ].join('\n');
}
