/** What is done without a break takes so long (ms), and the last of it: others are served in between. */
const TURN_MS = 2;

/** Does something with each of many, which are cheap, in as many steps of the main thread as it takes. */
export async function inTurns<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let began = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}
