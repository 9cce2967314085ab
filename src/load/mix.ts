export const loadCommands = ['send', 'inbox', 'online'] as const;
export type LoadCommand = (typeof loadCommands)[number];

/** How often each command is asked for, in proportion; a command that is not there never. */
export type Mix = Readonly<Partial<Record<LoadCommand, number>>>;

export const MOST_WEIGHT = 1000;

/**
 * The commands of one round, each as often as its weight says and spread evenly, to be asked over and over. No chance is in
 * it, so that two runs ask the same.
 */
export function roundOf(mix: Mix): LoadCommand[] {
  const weights = loadCommands.map((command) => ({ command, weight: mix[command] ?? 0, credit: 0 }));
  const unit = weights.reduce((divisor, { weight }) => commonDivisor(divisor, weight), 0);
  const turns = weights.reduce((sum, { weight }) => sum + weight, 0) / unit;
  return Array.from({ length: turns }, () => {
    // Smooth weighted round robin: who has waited longest for its share is next, and pays for a whole turn.
    for (const entry of weights) entry.credit += entry.weight / unit;
    const next = weights.reduce((best, entry) => (entry.credit > best.credit ? entry : best));
    next.credit -= turns;
    return next.command;
  });
}

/** Reads `send=2,inbox=1`; undefined when it is not a mix. */
export function parseMix(written: string): Mix | undefined {
  const mix: Partial<Record<LoadCommand, number>> = {};
  for (const part of written.split(',')) {
    const [, name, digits] = /^(\w+)=(\d{1,4})$/.exec(part) ?? [];
    const command = loadCommands.find((known) => known === name);
    const weight = Number(digits);
    if (!command || command in mix || weight > MOST_WEIGHT) return undefined;
    mix[command] = weight;
  }
  return Object.values(mix).some((weight) => weight > 0) ? mix : undefined;
}

/** `send=2,inbox=1`, without what never comes. */
export function describeMix(mix: Mix): string {
  return loadCommands
    .filter((command) => mix[command])
    .map((command) => `${command}=${mix[command]}`)
    .join(',');
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));
