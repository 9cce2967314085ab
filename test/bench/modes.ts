/** How benang is run: with a thread for each connection, or with two threads shared by all. */
export const modes = ['own', 'shared'] as const;
export type Mode = (typeof modes)[number];

/** What tells the modes apart in one row. */
export const modeNames: Record<Mode, string> = { own: 'a thread each', shared: '--threads 2' };
export const benangNames: Record<Mode, string> = {
  own: 'benang, a thread each',
  shared: 'benang, --threads 2',
};
/** The ceilings of the modes. */
export const echoNames: Record<Mode, string> = { own: 'echo, a thread each', shared: 'echo, one thread' };

export const benangArgs: Record<Mode, readonly string[]> = { own: [], shared: ['--threads', '2'] };
