/** What ends a program from outside, with the exit code that says so. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * From now on these signals end the program through its 'exit' event, so that what it has put there to clean up is done; not those
 * that somebody hears already. Returns what undoes that.
 */
export function exitOnSignals(): () => void {
  const leave = (signal: keyof typeof SIGNALS): never => process.exit(SIGNALS[signal]);
  const unheard = Object.keys(SIGNALS).filter((signal) => process.listenerCount(signal) === 0);
  for (const signal of unheard) process.once(signal, leave);
  return () => {
    for (const signal of unheard) process.off(signal, leave);
  };
}
