import { type Findings, isFaultless } from './checker.ts';
import type { ListenersResult } from './listeners.ts';
import type { TortureResult } from './torture.ts';

const describeDone = (disturbances: TortureResult['disturbances']): string =>
  Object.entries(disturbances)
    .map(([name, count]) => `${count} × ${name}`)
    .join(', ');

/** The result for people. */
export function describeTorture({ seed, seconds, disturbances, findings }: TortureResult): string {
  return [
    `seed ${seed}, ${seconds.toFixed(0)} s: ${describeDone(disturbances)}`,
    describeFindings(findings),
  ].join('\n');
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
