import { type Findings, isFaultless } from './checker.ts';
import type { TortureResult } from './torture.ts';

/** The result for people. */
export function describeTorture({ seed, seconds, disturbances, findings }: TortureResult): string {
  const done = Object.entries(disturbances).map(([name, count]) => `${count} × ${name}`);
  return [`seed ${seed}, ${seconds.toFixed(0)} s: ${done.join(', ')}`, describeFindings(findings)].join('\n');
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
