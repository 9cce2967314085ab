import { STEP_BUDGET_MS } from '../../src/steps.ts';
import { type Findings, isFaultless } from './checker.ts';
import type { ListenersResult } from './listeners.ts';
import type { StepsSeen } from './step-watch.ts';
import type { TortureResult } from './torture.ts';

const describeDone = (disturbances: TortureResult['disturbances']): string =>
  Object.entries(disturbances)
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ');

/** The result for people. */
export function describeTorture({ seed, seconds, disturbances, findings, steps }: TortureResult): string {
  return [
    `seed ${seed}, ${seconds.toFixed(0)} s: ${describeDone(disturbances)}`,
    describeSteps(steps),
    describeFindings(findings),
  ].join('\n');
}

function describeSteps({ longest, over }: StepsSeen): string {
  if (!longest) return 'no server said how long the steps of its main thread were';
  const counts = [...over].map(([name, count]) => `${count} ${name}`).join(', ');
  return `main's longest step: ${longest.cpu.toFixed(1)} ms (${longest.name}); over ${STEP_BUDGET_MS} ms: ${counts || 'none'}`;
}

export function describeListeners({ disturbances, sent, heard, problems }: ListenersResult): string {
  return [
    describeDone(disturbances),
    `messages: ${sent} sent and acknowledged, ${heard} heard by all listeners together`,
    ...problems.map((problem) => `  ${problem}`),
    problems.length === 0
      ? 'each listener heard exactly what is stored for it, once and in order'
      : 'THE SERVER BROKE ITS PROMISES',
  ].join('\n');
}

export function describeFindings(findings: Findings): string {
  const { sent, acknowledged, refused, unknown, delivered, shownAgain, examples } = findings;
  const { lost, doubled, disordered, invented, garbled } = findings;
  return [
    `messages: ${sent} sent, ${acknowledged} acknowledged, ${refused} refused, ${unknown} with no answer; ${delivered} delivered, ${shownAgain} shown again unconfirmed`,
    `faults: ${lost} lost, ${doubled} doubled, ${disordered} out of order, ${invented} invented, ${garbled} garbled`,
    ...examples.map((example) => `  ${example}`),
    isFaultless(findings) ? 'nothing is wrong' : 'THE SERVER BROKE ITS PROMISES',
  ].join('\n');
}
