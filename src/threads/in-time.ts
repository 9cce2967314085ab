/** A thread that does not come back to its event loop may not answer what it is asked about itself. */
const PATIENCE_MS = 200;

/** What is asked of a thread; undefined when it does not come in time, or the thread is ending. */
export function inTime<T>(figure: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, PATIENCE_MS, undefined);
  // A thread that is ending rejects.
  return Promise.race([figure.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}
